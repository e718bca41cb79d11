/** The fixture on workerd. */

import { protect } from 'mcp-gatehouse/cloudflare'
import { type Config, createHandler, createResources, requirements } from './app.ts'

interface Env {
  readonly RUNTIME_SUITE: Config
}

export default protect(
  (env: Env) => createResources(env.RUNTIME_SUITE),
  (request, auth, env) => createHandler(env.RUNTIME_SUITE)(request, auth),
  requirements,
)
