/** The result of {@link tryClients} for the server in the query, on workerd. */

import { tryClients } from './dpop-clients.ts'

export default {
  async fetch(request: Request): Promise<Response> {
    const origin = new URL(request.url).searchParams.get('origin') ?? ''
    return Response.json(await tryClients(origin))
  },
}
