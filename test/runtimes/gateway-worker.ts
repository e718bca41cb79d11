/** The gateway on workerd. */

import { protect, type WorkerContext } from 'mcp-gatehouse/cloudflare'
import {
  createDecision,
  createHandler,
  createResource,
  type GatewayConfig,
  QUESTION,
} from './gateway-app.ts'

interface Env {
  readonly GATEWAY: GatewayConfig
}

const guarded = protect(
  () => createResource(),
  (request, auth, env: Env) => createHandler(env.GATEWAY)(request, auth),
)

export default {
  fetch(request: Request, env: Env, ctx: WorkerContext): Promise<Response> | Response {
    return new URL(request.url).pathname === QUESTION
      ? createDecision(createResource())(request)
      : guarded.fetch(request, env, ctx)
  },
}
