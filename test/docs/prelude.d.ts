/** What snippets may assume without saying so: names that their page has introduced, and the host's. */

import type * as Hono from 'hono'
import type * as Gatehouse from 'mcp-gatehouse'

declare global {
  type Members = Partial<Gatehouse.ProtectedResourceOptions> &
    Partial<Gatehouse.AuthorizationServerOptions>
  type ProtectedResource = Gatehouse.ProtectedResource
  type ReplayStore = Gatehouse.ReplayStore
  type DocumentStore = Gatehouse.DocumentStore
  type AuthEvent = Gatehouse.AuthEvent

  const authenticate: typeof Gatehouse.authenticate
  const challengeResponse: typeof Gatehouse.challengeResponse
  const checkAuthorizationServer: typeof Gatehouse.checkAuthorizationServer
  const completeResponse: typeof Gatehouse.completeResponse
  const discoverAuthorizationServer: typeof Gatehouse.discoverAuthorizationServer
  const metadataResponse: typeof Gatehouse.metadataResponse
  const preflightResponse: typeof Gatehouse.preflightResponse
  const protect: typeof Gatehouse.protect
  const protectedResource: typeof Gatehouse.protectedResource
  const requireScopes: typeof Gatehouse.requireScopes
  const isAuthError: typeof Gatehouse.isAuthError
  const verifyAccessToken: typeof Gatehouse.verifyAccessToken

  /** `// …` in the options of a resource. */
  const others: Gatehouse.ProtectedResourceOptions
  const notes: Gatehouse.ProtectedResource
  const request: Request
  const auth: Gatehouse.AuthContext
  const handle: (request: Request, auth: Gatehouse.AuthContext) => Promise<Response>
  const mcp: {
    fetch(request: Request, options?: { authInfo?: Gatehouse.AuthContext }): Promise<Response>
  }
  const introspection: Gatehouse.IntrospectionOptions
  const custom: Gatehouse.CustomTokenOptions
  const redis: (...args: string[]) => Promise<unknown>
  const app: Hono.Hono<{ Variables: { auth: Gatehouse.AuthContext } }>
  const metadata: typeof import('mcp-gatehouse/hono').metadata
  const bearerAuth: typeof import('mcp-gatehouse/hono').bearerAuth
  const createTestIssuer: typeof import('mcp-gatehouse/testing').createTestIssuer
  const telemetry: typeof import('mcp-gatehouse/otel').telemetry

  // Hosts and clients whose types are not installed.
  // biome-ignore lint/suspicious/noExplicitAny: that is what is known of them here
  const client: any
  // biome-ignore lint/suspicious/noExplicitAny: see above
  const Deno: any
  // biome-ignore lint/suspicious/noExplicitAny: see above
  const Bun: any

  namespace NodeJS {
    interface ProcessEnv {
      /** Whoever deploys sees to it; the library refuses what is too short. */
      DPOP_NONCE_SECRET: string
    }
  }
}
