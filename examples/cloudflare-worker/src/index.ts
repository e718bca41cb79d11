import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { protectedResource } from 'mcp-gatehouse'
import {
  durableObjectReplayStore,
  kvStore,
  protect,
  type ReplayObjectNamespace,
  type WorkerKvNamespace,
} from 'mcp-gatehouse/cloudflare'

/** The bindings in wrangler.jsonc, and one secret. `wrangler types` generates this type, too. */
interface Env {
  readonly RESOURCE: string
  readonly ISSUER: string
  readonly DOCUMENTS: WorkerKvNamespace
  readonly DOCUMENTS_SECRET?: string
  readonly REPLAY: ReplayObjectNamespace
}

const mcp = createMcpHandler(({ authInfo }) => {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  server.registerTool('whoami', { description: 'Says whose notes these are.' }, () => ({
    content: [{ type: 'text', text: String(authInfo?.extra?.['subject']) }],
  }))
  return server
})

export default protect(
  (env: Env) =>
    protectedResource({
      resource: env.RESOURCE,
      authorizationServers: [env.ISSUER],
      requiredScopes: ['notes:read'],
      // Shared by all isolates. To begin with, you can leave them out together with their bindings.
      documentStore: kvStore(env.DOCUMENTS),
      documentStoreSecret: env.DOCUMENTS_SECRET ?? '', // a ConfigError if the secret is not set
      dpop: { replay: durableObjectReplayStore(env.REPLAY) },
    }),
  (request, auth) => mcp.fetch(request, { authInfo: auth }),
)

export { DpopReplayObject } from 'mcp-gatehouse/cloudflare'
