import type { APIRoute } from 'astro'
import { metadataResponse } from 'mcp-gatehouse'
import { notes } from '../../../../../notes.ts'

export const ALL: APIRoute = ({ request }) =>
  metadataResponse(request, notes) ?? new Response(null, { status: 404 })
