/** The routers on workerd. */

import { protect } from 'mcp-gatehouse'
import { protect as protectWorker, type WorkerContext } from 'mcp-gatehouse/cloudflare'
import { createGuards, createHandler } from './routers-app.ts'

const guards = createGuards((source, set) => {
  const handler = createHandler(set)
  // The core takes a function of the request; the adapter takes one of the environment.
  if (typeof source === 'function') return { fetch: protect(source, handler) }
  return protectWorker<unknown>(() => source, handler)
})

export default {
  fetch(request: Request, env: object, ctx: WorkerContext): Promise<Response> | undefined {
    return guards[request.headers.get('x-guard') ?? '']?.fetch(request, env, ctx)
  },
}
