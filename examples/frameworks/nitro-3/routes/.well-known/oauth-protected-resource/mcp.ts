import { metadataResponse } from 'mcp-gatehouse'
import { defineHandler } from 'nitro/h3'
import { notes } from '../../../../notes.ts'

export default defineHandler(
  ({ req }) => metadataResponse(req, notes) ?? new Response(null, { status: 404 }),
)
