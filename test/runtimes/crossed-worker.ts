/** Crossed resources on workerd. */

import { protect, type WorkerContext } from 'mcp-gatehouse/cloudflare'
import type { Crossing } from './crossed-app.ts'
import { serveCrossed } from './crossed-guards.ts'

interface Env {
  readonly CROSSING: Crossing
}

type Serve = (request: Request, env: Env, ctx: WorkerContext) => Response | Promise<Response>

let serve: Serve | undefined

export default {
  fetch(request: Request, env: Env, ctx: WorkerContext): Response | Promise<Response> {
    serve ??= serveCrossed<[Env, WorkerContext]>(
      env.CROSSING,
      (...args) => protect<Env>(...args).fetch,
    )
    return serve(request, env, ctx)
  },
}
