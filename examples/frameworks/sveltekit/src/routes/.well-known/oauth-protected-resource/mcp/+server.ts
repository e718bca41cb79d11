import type { RequestHandler } from '@sveltejs/kit'
import { metadataResponse } from 'mcp-gatehouse'
import { notes } from '../../../../../../notes.ts'

export const fallback: RequestHandler = ({ request }) =>
  metadataResponse(request, notes) ?? new Response(null, { status: 404 })
