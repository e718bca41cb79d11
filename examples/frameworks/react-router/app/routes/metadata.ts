import { metadataResponse } from 'mcp-gatehouse'
import { notes } from '../../../notes.ts'

export const loader = ({ request }: { request: Request }) =>
  metadataResponse(request, notes) ?? new Response(null, { status: 404 })
export { loader as action }
