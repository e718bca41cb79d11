/** The server of a long run, on any runtime: a guarded MCP-like endpoint, and the audit records it has written. */

import {
  type AuditRecord,
  type AuthContext,
  type ProtectedResource,
  protectedResource,
} from 'mcp-gatehouse'

export interface AppSettings {
  readonly resource: string
  readonly issuer: string
}

export interface App {
  readonly resource: ProtectedResource
  readonly answer: (request: Request, auth: AuthContext) => Promise<Response>
  /** The trace ID and the status of each record since the last call. */
  takeRecords(): (readonly [traceId: string, status: number])[]
}

const SECRET = 'a secret of the long run with enough bytes'

export function createApp(settings: AppSettings): App {
  let records: (readonly [string, number])[] = []
  const resource = protectedResource({
    resource: settings.resource,
    authorizationServers: [settings.issuer],
    operations: { '*': ['read'], 'tools/call write': ['write'] },
    sessions: { secret: SECRET },
    bodyTimeoutMs: 3000,
    tokenCache: { maxEntries: 20_000 },
    audit: ({ traceId = '', status }: AuditRecord) => {
      records.push([traceId, status])
    },
  })
  return {
    resource,
    answer: async (request, auth) => {
      const message = (await request.json()) as { readonly id?: unknown; readonly method?: string }
      const headers = new Headers({ 'X-Subject': auth.subject ?? '' })
      if (message.method === 'initialize') headers.set('Mcp-Session-Id', crypto.randomUUID())
      return Response.json({ jsonrpc: '2.0', id: message.id, result: {} }, { headers })
    },
    takeRecords() {
      const taken = records
      records = []
      return taken
    },
  }
}
