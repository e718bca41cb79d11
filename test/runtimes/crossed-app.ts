/** Resources with crossed options in front of one handler, for every runtime and framework. */

import {
  type AnonymousContext,
  type AuditRecord,
  type AuthContext,
  type ProtectedResource,
  type ProtectedResourceOptions,
  protectedResource,
  type Requirements,
  requireScopes,
} from 'mcp-gatehouse'

export interface Crossing {
  readonly now: number
  readonly seed: number
  /** The public key of the tokens. */
  readonly jwk: Readonly<Record<string, unknown>>
}

export const ORIGIN = 'https://rs.example'
export const AUDIENCE = `${ORIGIN}/mcp`
export const ISSUER = 'https://as.example'
export const COUNT = 24
const SECRET = 'a secret of at least thirty-two bytes'

export interface Random {
  /** A number in [0, 1), the same on every runtime (mulberry32). */
  next(): number
  pick<Item>(items: readonly Item[]): Item
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return { next, pick: (items) => items[Math.floor(next() * items.length)] as never }
}

/** The options of one resource. Each list is a dimension. */
export function optionsOf({ seed }: Crossing, index: number) {
  const { pick } = createRandom(seed * 1000 + index)
  const token = pick([undefined, undefined, undefined, readToken])
  const metadataUrl = pick([undefined, undefined, `${ORIGIN}${pathOf(index)}/metadata?v=1`])
  return {
    format: pick(['jwt', 'custom', 'introspection'] as const),
    requiredScopes: pick([undefined, ['read'], ['read', 'mcp']]),
    challengeScopes: pick([undefined, undefined, ['read', 'write']]),
    scopeHierarchy: pick([undefined, { admin: ['read', 'write'], write: ['read'] }]),
    repeatGrantedScopes: pick([undefined, true]),
    operations: pick<ProtectedResourceOptions['operations']>([
      undefined,
      undefined,
      { 'tools/call delete': ['write'], 'tools/list': 'public', '*': ['read'] },
      async (_operation, _auth, call) =>
        (call.arguments() as { amount?: number } | undefined)?.amount === 1 ? [] : ['admin'],
    ]),
    sessions: pick([undefined, undefined, { secret: SECRET }]),
    dpop: token ? undefined : pick([undefined, undefined, true, { required: true }, NONCES]),
    mtls: pick([
      undefined,
      undefined,
      { dangerouslyTrustHeader: 'X-Client-Cert', format: 'sha256-hex' as const },
    ]),
    getStream: pick([undefined, undefined, false]),
    ...(metadataUrl === undefined ? {} : { metadataUrl }),
    origins: pick<ProtectedResourceOptions['origins']>([undefined, '*', ['https://app.example']]),
    token,
    endStreamsAtExpiry: pick(['listening', 'all', false] as const),
    serveAuthorizationServerMetadata: pick([undefined, undefined, true]),
    acceptActors: pick([undefined, 'none'] as const),
    tokenCache: pick([undefined, false] as const),
    maxBodyBytes: pick([undefined, 2000]),
    revocation: pick([
      undefined,
      undefined,
      { isRevoked: ({ sub }: Named) => sub === 'revoked' },
      { isRevoked: failFor },
    ]),
    audit: pick([
      undefined,
      undefined,
      ({ subject }: AuditRecord) => failFor({ sub: subject }).then(() => {}),
    ]),
  }
}

const NONCES = { nonce: { secret: SECRET } }

interface Named {
  readonly sub: string | undefined
}

async function failFor({ sub }: Named): Promise<boolean> {
  if (sub === 'unknown') throw new Error('out of reach')
  return false
}

function readToken(request: Request): string | undefined {
  return request.headers.get('X-Token') ?? undefined
}

/** Every fourth resource lies below another one. */
export function pathOf(index: number): string {
  return index % 4 === 3 ? `/r${index - 1}/sub` : `/r${index}`
}

export function createResources(crossing: Crossing): ProtectedResource[] {
  return Array.from({ length: COUNT }, (_, index) => {
    const { format, ...options } = optionsOf(crossing, index)
    return protectedResource({
      resource: ORIGIN + pathOf(index),
      audience: AUDIENCE,
      authorizationServers: [
        {
          issuer: ISSUER,
          metadata: { issuer: ISSUER, jwks_uri: `${ISSUER}/jwks` },
          jwks: { keys: [crossing.jwk] },
          accessToken: FORMATS[format],
          fetch: async (_url, init) => {
            const token = new URLSearchParams(String(init?.body)).get('token') ?? ''
            return Response.json({ active: true, ...claimsIn(token) })
          },
        },
      ],
      now: () => crossing.now,
      onEvent: () => {},
      ...options,
    })
  })
}

const FORMATS = {
  jwt: 'jwt',
  custom: { kind: 'custom', verify: async (token: string) => claimsIn(token) },
  introspection: {
    kind: 'introspection',
    endpoint: `${ISSUER}/introspect`,
    clientId: 'rs',
    clientSecret: 'secret',
  },
} as const

/** The claims of an opaque token, which are its text. */
function claimsIn(token: string): Record<string, unknown> {
  return JSON.parse(atob(token.replaceAll('-', '+').replaceAll('_', '/')))
}

const NEEDS: readonly Requirements[] = [
  ...[{}, {}, {}, { scopes: ['write'] }, { scopes: { anyOf: ['write', 'admin'] } }],
  ...[{ optional: true }, { acrValues: ['gold'] }, { maxAgeSeconds: 60 }],
]

/** The requirements of a resource. Whether they are optional is not known to types. */
export function needsOf(index: number): { optional?: false } {
  return NEEDS[index % NEEDS.length] as { optional?: false }
}

/** The requirements of a request to a list of resources. */
export function needsIn(request: Request): { optional?: false } {
  const { pathname } = new URL(request.url)
  const indexes = Array.from({ length: COUNT }, (_, index) => index).reverse()
  return needsOf(indexes.find((each) => `${pathname}/`.startsWith(`${pathOf(each)}/`)) ?? 0)
}

/** What the handler saw, by the case. */
export const seen: Record<string, unknown> = {}

export async function handle(
  request: Request,
  auth: AuthContext | AnonymousContext,
): Promise<Response> {
  const { pathname, search, searchParams } = new URL(request.url)
  const { method, headers } = request
  const fields = ['mcp-session-id', 'mcp-method', 'origin', 'content-type', 'x-twice']
  seen[headers.get('x-case') ?? ''] = {
    target: `${method} ${pathname}${search}`,
    fields: fields.map((name) => headers.get(name)),
    auth: auth.anonymous ? null : [auth.subject, auth.scheme, auth.scopes, auth.operations],
    identifier: auth.identifier,
    body: await request.text(),
  }
  const respond = RESPONSES[searchParams.get('do') ?? '']
  return respond?.(auth) ?? respondWith('done')
}

const EXPIRES = 'Thu, 01 Jan 2037 00:00:00 GMT'

/** With a type: Bun has a default for texts that it adds when it sends them. */
function respondWith(text: string, headers: Record<string, string> = {}, status = 200): Response {
  return new Response(text, { status, headers: { 'Content-Type': 'text/plain', ...headers } })
}

const RESPONSES: Readonly<
  Record<string, (auth: AuthContext | AnonymousContext) => Response | Promise<Response>>
> = {
  empty: () => new Response(null, { status: 202 }),
  '204': () => new Response(null, { status: 204 }),
  '304': () => new Response(null, { status: 304, headers: { ETag: '"a"' } }),
  '401': () => respondWith('own', { 'WWW-Authenticate': 'Own x="1"' }, 401),
  redirect: () => new Response(null, { status: 303, headers: { Location: '/other' } }),
  session: () => respondWith('s', { 'Mcp-Session-Id': 'session-1' }),
  'session-bad': () => respondWith('s', { 'Mcp-Session-Id': 'a b' }),
  cached: () => respondWith('c', { 'Cache-Control': 'private, max-age=60', Vary: 'Accept' }),
  dated: () => respondWith('d', { Expires: EXPIRES }),
  cors: () =>
    respondWith('c', {
      'Access-Control-Allow-Credentials': 'true',
      'Access-Control-Expose-Headers': 'X-Mine',
    }),
  cookies: () => {
    const response = respondWith('k', { 'Set-Cookie': 'a=1' })
    response.headers.append('Set-Cookie', 'b=2')
    return response
  },
  scopes: (auth) => {
    requireScopes(auth, ['write', 'admin'])
    return respondWith('written')
  },
  stream: () => {
    const left = ['data: 1\n\n', 'data: 2\n\n']
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await Promise.resolve()
        const text = left.shift()
        if (text === undefined) controller.close()
        else controller.enqueue(new TextEncoder().encode(text))
      },
    })
    return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } })
  },
}

export const KINDS: readonly string[] = ['', ...Object.keys(RESPONSES)]
