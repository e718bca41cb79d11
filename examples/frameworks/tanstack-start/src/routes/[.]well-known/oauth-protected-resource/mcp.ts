import { createFileRoute } from '@tanstack/react-router'
import { metadataResponse } from 'mcp-gatehouse'
import { notes } from '../../../../../notes.ts'

export const Route = createFileRoute('/.well-known/oauth-protected-resource/mcp')({
  server: {
    handlers: {
      ANY: ({ request }) => metadataResponse(request, notes) ?? new Response(null, { status: 404 }),
    },
  },
})
