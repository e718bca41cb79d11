import { metadataResponse } from 'mcp-gatehouse'
import { notes } from '../../../../../notes'

export const GET = (request: Request) =>
  metadataResponse(request, notes) ?? new Response(null, { status: 404 })
export { GET as HEAD, GET as OPTIONS }
