import { defineEventHandler, toWebRequest } from 'h3'
import { metadataResponse } from 'mcp-gatehouse'
import { notes } from '../../../../notes.ts'

export default defineEventHandler(
  (event) => metadataResponse(toWebRequest(event), notes) ?? new Response(null, { status: 404 }),
)
