/** The application that every runtime serves through its adapter. It is independent of the runtime. */

import {
  type AuditRecord,
  type AuthContext,
  deny,
  type OperationDecision,
  type ProtectedResource,
  type ProtectedResourceOptions,
  protectedResource,
  type Requirements,
  requireScopes,
  revokedBefore,
} from 'mcp-gatehouse'

export interface Config {
  /** The origin of the authorization servers, the only one that the application may reach. */
  readonly authorizationServer: string
  /** The constant time, in seconds since the epoch. */
  readonly now: number
}

/** Created where the configuration is known, also at module scope of a Worker. */
export const FIXED: ProtectedResource = protectedResource({
  resource: 'https://rs.example/fixed',
  authorizationServers: ['https://as.example'],
  scopesSupported: ['read', 'write'],
  audience: 'https://rs.example/mcp',
  now: () => 1_800_000_000,
})

export function createResources({ authorizationServer, now }: Config): ProtectedResource[] {
  const named = (name: string, path = name, further: Partial<ProtectedResourceOptions> = {}) =>
    protectedResource({
      resource: `https://rs.example/${path}`,
      audience: 'https://rs.example/mcp',
      authorizationServers: [
        {
          issuer: `${authorizationServer}/${name}`,
          ...(name === 'hanging' ? { timeoutMs: 200 } : {}),
        },
      ],
      requiredScopes: ['read'],
      origins: ['https://app.example'],
      now: () => now,
      ...further,
    })
  const policy = { 'tools/call delete_note': ['write'] }
  // With the host's own `fetch`, which workerd allows to be called as a function only.
  const guarded = named('good', 'tools', { operations: policy, maxBodyBytes: 200_000, fetch })
  // Short time limits have resources of their own: what ends in time may take longer on a busy machine.
  const hurried = [
    named('good', 'hurried', { operations: policy, bodyTimeoutMs: 200 }),
    named('good', 'hurried-decisions', { operations: decide, decisionTimeoutMs: 200 }),
  ]
  const asking = (name: string, path: string) =>
    named(name, path, {
      authorizationServers: [
        {
          issuer: `${authorizationServer}/${name}`,
          accessToken: {
            kind: 'introspection',
            endpoint: `${authorizationServer}/${name}/introspect`,
            clientId: 'rs',
            clientSecret: 'secret',
            cacheSeconds: 60,
          },
        },
      ],
    })
  const revocable = named('good', 'revocable', {
    revocation: { isRevoked: marks(now).isRevoked, statusList: true, timeoutMs: 5000 },
    audit: (record) => void records.push(record),
  })
  const opaque = [asking('good', 'opaque'), asking('down', 'opaque-down')]
  // The metadata does not change with the port of the one server that is reachable.
  const placed = named('good', 'placed', {
    authorizationServers: [
      { issuer: `${authorizationServer}/good`, advertised: false },
      'https://as.example',
    ],
    metadataUrl: 'https://rs.example/placed/metadata?v=1',
  })
  const misbehaving = ['down', 'redirecting', 'hanging', 'cold'].map((name) => named(name))
  const bound = named('good', 'sessions', {
    sessions: { secret: 'a secret of at least thirty-two bytes' },
    operations: { '*': [] },
  })
  const decided = named('good', 'decided', {
    operations: decide,
    acceptActors: ({ clientId }) => clientId === 'agent',
  })
  const guards = [named('good', 'mcp'), guarded, decided, bound, placed, revocable]
  return [...guards, ...hurried, ...opaque, ...misbehaving, FIXED]
}

/** A decision by arguments that takes a moment, or never ends. */
const decide: OperationDecision = async ({ name }, _auth, call) => {
  if (name === 'stuck') return new Promise(() => undefined)
  await new Promise((resolve) => setTimeout(resolve, 5))
  const { amount } = (call.arguments() ?? {}) as { amount?: number }
  return amount === 1 ? ['read'] : deny('the amount is not 1')
}

export function requirements(request: Request): Requirements & { optional?: false } {
  return pathOf(request) === '/mcp/admin' ? { scopes: ['admin'] } : {}
}

/** The marks of this process. */
const entries = new Map<string, string>()

function marks(now: number) {
  const store = {
    get: async (key: string) => entries.get(key),
    set: async (key: string, value: string) => void entries.set(key, value),
  }
  return revokedBefore(store, { now: () => now })
}

/** The audit records of this process. */
const records: AuditRecord[] = []

/** The number of runs of the handler: a rejection must not run it. */
let runs = 0

export function createHandler({ authorizationServer, now }: Config) {
  return async (request: Request, auth: AuthContext): Promise<Response> => {
    runs += 1
    switch (pathOf(request)) {
      case '/mcp/echo':
      case '/tools/echo':
        return new Response(request.body, {
          headers: { 'Content-Type': 'application/octet-stream' },
        })
      case '/mcp/patient':
        await new Promise((resolve) => setTimeout(resolve, 200))
        return new Response(await request.text())
      case '/mcp/copies': {
        const copies = [request.clone(), request.clone(), request]
        const texts = await Promise.all(copies.map((copy) => copy.text()))
        return new Response(texts.join(), { headers: { 'Content-Type': 'text/plain' } })
      }
      case '/sessions':
        return answerSession(request)
      case '/mcp/events':
        return new Response(events(), { headers: { 'Content-Type': 'text/event-stream' } })
      case '/mcp/silent':
        return new Response(late(), { headers: { 'Content-Type': 'text/event-stream' } })
      case '/mcp/silence':
        return new Response(late(), { headers: { 'Content-Type': 'text/plain' } })
      case '/mcp/late':
        await new Promise((resolve) => setTimeout(resolve, 5000))
        return new Response('late')
      case '/mcp/page':
        return fetch(`${authorizationServer}/page`)
      case '/revocable/revoke':
        await marks(now).revoke({ issuer: auth.issuer, sub: auth.subject ?? '' })
        return new Response('revoked')
      case '/revocable/records':
        return new Response(JSON.stringify(records.splice(0)), {
          headers: { 'Content-Type': 'application/json' },
        })
      case '/mcp/write':
        requireScopes(auth, ['write'])
        return new Response('written')
      default: {
        const { subject, clientId, scopes, scheme, audience, expiresAt } = auth
        const body = { runs, subject, clientId, scopes, scheme, audience, expiresAt }
        // Not `Response.json`, because Bun's adds a charset.
        return new Response(JSON.stringify(body), {
          headers: { 'Content-Type': 'application/json' },
        })
      }
    }
  }
}

/** Creates a session, or shows the id that the handler received, and the body. */
async function answerSession(request: Request): Promise<Response> {
  const id = request.headers.get('Mcp-Session-Id')
  const copy = new Request(request)
  return new Response(`${id} ${await copy.text()}`, {
    headers: { 'Content-Type': 'text/plain', 'Mcp-Session-Id': id ?? 'session-1' },
  })
}

/** One event at once, then a comment at times, until the client disconnects. */
function events(): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let isFirst = true
  return new ReadableStream({
    async pull(controller) {
      if (!isFirst) await new Promise((resolve) => setTimeout(resolve, 1000))
      controller.enqueue(encoder.encode(isFirst ? 'data: first\n\n' : ': still here\n\n'))
      isFirst = false
    },
  })
}

/** An event after six seconds: Bun closes idle connections every four. */
function late(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 6000))
      controller.enqueue(new TextEncoder().encode('data: late\n\n'))
      controller.close()
    },
  })
}

/** Blocks all egress but to the authorization servers, on runtimes without such a rule. */
export function blockEgress({ authorizationServer }: Config): void {
  const hostFetch = globalThis.fetch
  const guarded = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input)
    if (url.origin !== authorizationServer) throw new TypeError(`egress to ${url.origin}`)
    return hostFetch(input, init)
  }
  Object.assign(globalThis, { fetch: guarded })
}

function pathOf(request: Request): string {
  return new URL(request.url).pathname
}
