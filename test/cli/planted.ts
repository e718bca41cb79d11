/** Misconfigurations that are seen in the field, each planted into a good site, and what must be found. */

import { type Break, changed, edited, METADATA_PATH, PAGE, type SiteOptions } from './site.ts'

export interface Planted extends SiteOptions {
  readonly title: string
  /** Everything that is not a pass, the point of it first: `level id`. */
  readonly findings: readonly string[]
  /** Claims of the token to call with; without them no token is given. */
  readonly token?: Record<string, unknown>
  /** What to put behind the URL, or in its place. */
  readonly call?: (url: string) => string
}

const PATH = '/mcp'
const LEGACY = '/.well-known/oauth-authorization-server'

/** Breaks the answers to some requests to the MCP endpoint. */
function at(
  path: string,
  answer: Break,
  wanted: (request: Request) => boolean = () => true,
): Break {
  return (request, context) =>
    new URL(request.url).pathname === path && wanted(request) ? answer(request, context) : undefined
}

const isPost = (request: Request) => request.method === 'POST'
const isPreflight = (request: Request) => request.method === 'OPTIONS'
const isAnonymous = (request: Request) => isPost(request) && !request.headers.has('Authorization')
const isGarbage = (request: Request) =>
  request.headers.get('Authorization')?.includes('not-a-token') ?? false
const isForged = (request: Request) => {
  const signature = request.headers.get('Authorization')?.split('.')[2]
  return signature !== undefined
}

/** The challenge of every 401, rewritten. */
function challenge(rewrite: (header: string) => string | null, when = isPost): Break {
  return at(
    PATH,
    async (_request, { good }) => {
      const response = await good()
      const header = response.headers.get('WWW-Authenticate')
      if (header === null) return response
      return changed(async () => response, { 'WWW-Authenticate': rewrite(header) })
    },
    when,
  )
}

const status = (code: number, when = isAnonymous): Break =>
  at(PATH, () => new Response('no', { status: code }), when)

const document = (members: Record<string, unknown>): Break =>
  at(METADATA_PATH, (request, { good }) =>
    request.method === 'GET' ? edited(good, members) : undefined,
  )

const documentHeaders = (headers: Record<string, string | null>, when?: typeof isPost): Break =>
  at(METADATA_PATH, (_request, { good }) => changed(good, headers), when)

/** Every metadata document of the authorization server, or some. */
function authority(members: Record<string, unknown>, only = '/.well-known/'): Break {
  return (request, { good }) =>
    request.method === 'GET' && request.url.includes(only) ? edited(good, members) : undefined
}

const keys = (set: unknown): Break => {
  return (request) => (request.url.endsWith('/jwks') ? Response.json(set) : undefined)
}

const rpc: Break = async (request) => {
  const { id } = (await request.clone().json()) as { id: number }
  return Response.json({ jsonrpc: '2.0', id, result: { tools: [] } })
}

const EC = { kty: 'EC', crv: 'P-256', x: 'x'.repeat(43), y: 'y'.repeat(43), alg: 'ES256' }

export const PLANTED: readonly Planted[] = [
  // --- connection ---
  {
    title: 'a redirect to the slash',
    server: at(
      PATH,
      (request) => new Response(null, { status: 307, headers: { Location: `${request.url}/` } }),
    ),
    findings: ['error redirect'],
  },
  {
    title: 'a login page instead of a 401',
    server: status(302),
    findings: ['error redirect'],
  },
  // --- challenge ---
  {
    title: 'no protection at all',
    server: (request) =>
      request.method === 'POST' ? rpc(request, {} as never) : new Response(null, { status: 404 }),
    findings: ['error challenge-status', 'error origin', 'warning cors-preflight'],
  },
  { title: '403 without a token', server: status(403), findings: ['error challenge-status'] },
  {
    title: '400 before the token is looked at',
    server: status(400),
    findings: ['error challenge-status'],
  },
  { title: '500 without a token', server: status(500), findings: ['error challenge-status'] },
  {
    title: 'a URL with nothing behind it',
    server: status(404, isPost),
    findings: ['error challenge-status'],
  },
  {
    title: 'a public server with a metadata document',
    server: at(PATH, rpc, isAnonymous),
    findings: ['warning challenge-status', 'error origin'],
  },
  {
    title: 'a public server whose refusals name no metadata',
    server: (request, context) =>
      isAnonymous(request)
        ? rpc(request, context)
        : challenge((header) => header.replace(/, resource_metadata="[^"]*"/, ''))(
            request,
            context,
          ),
    findings: ['warning challenge-resource-metadata', 'warning challenge-status', 'error origin'],
  },
  {
    title: 'a 401 without WWW-Authenticate',
    server: challenge(() => null),
    findings: ['error challenge-header'],
  },
  {
    title: 'an unquoted URL in the challenge',
    server: challenge((header) => header.replaceAll('"', ''), isAnonymous),
    findings: ['error challenge-syntax'],
  },
  {
    title: 'quotation marks inside quotation marks',
    server: challenge((header) => `${header}, error_description="Expected "Bearer <token>"."`),
    findings: ['error challenge-syntax'],
  },
  {
    title: 'a parameter without its comma',
    server: challenge((header) => header.replace('",', '"')),
    findings: ['error challenge-syntax'],
  },
  {
    title: 'a Basic challenge',
    server: challenge(() => 'Basic realm="mcp"', isAnonymous),
    findings: ['error challenge-scheme'],
  },
  {
    title: 'invalid_token where no token was sent',
    server: challenge((header) => `${header}, error="invalid_token"`, isAnonymous),
    findings: ['warning challenge-error'],
  },
  {
    title: 'a challenge without resource_metadata',
    server: challenge((header) => header.replace(/, resource_metadata="[^"]*"/, '')),
    findings: ['warning challenge-resource-metadata'],
  },
  {
    title: 'a relative metadata URL',
    server: challenge((header) => header.replace(/="http:\/\/[^/]*/, '="')),
    findings: ['error challenge-metadata-url'],
  },
  {
    title: 'the https that the proxy ended',
    server: challenge((header) => header.replace('="http:', '="https:')),
    findings: ['error challenge-metadata-url', 'error metadata-named'],
  },
  {
    title: 'an inner host name in the challenge',
    server: challenge((header) => header.replace(/="http:\/\/[^/]*/, '="http://localhost:1')),
    findings: ['error challenge-metadata-url', 'error metadata-named'],
  },
  {
    title: 'no scope anywhere',
    server: (request, context) =>
      challenge((header) => header.replace(/scope="[^"]*", /, ''))(request, context) ??
      document({ scopes_supported: undefined })(request, context),
    findings: ['warning challenge-scope'],
  },
  {
    title: 'offline_access in the challenge',
    server: challenge((header) => header.replace('notes:read', 'notes:read offline_access')),
    findings: ['warning challenge-scope'],
  },
  {
    title: 'any token is good enough',
    server: at(PATH, rpc, isGarbage),
    findings: ['error garbage-status'],
  },
  {
    title: '500 for a bad token',
    server: status(500, isGarbage),
    findings: ['error garbage-status'],
  },
  {
    title: '403 for a bad token',
    server: status(403, isGarbage),
    findings: ['error garbage-status'],
  },
  {
    title: 'no error for a bad token',
    server: challenge(
      (header) => header.replace(/error="[^"]*", error_description="[^"]*", /, ''),
      isGarbage,
    ),
    findings: ['warning garbage-error'],
  },
  {
    title: 'an error code of its own for a bad token',
    server: challenge((header) => header.replace('invalid_token', 'invalid_audience'), isGarbage),
    findings: ['warning garbage-error'],
  },
  {
    title: 'no way back for a bad token',
    server: challenge((header) => header.replace(/, resource_metadata="[^"]*"/, ''), isGarbage),
    findings: ['warning garbage-resource-metadata'],
  },
  {
    title: 'a GET that fails',
    server: at(
      PATH,
      () => new Response(null, { status: 500 }),
      ({ method }) => method === 'GET',
    ),
    findings: ['warning get-status'],
  },
  {
    title: 'an open event stream of the old transport',
    server: at(
      PATH,
      () =>
        new Response('event: endpoint\ndata: /messages?session=1\n\n', {
          headers: { 'Content-Type': 'text/event-stream' },
        }),
      ({ method }) => method === 'GET',
    ),
    findings: ['error get-status', 'error legacy-stream'],
  },
  {
    title: 'the token repeated in the refusal',
    server: at(
      PATH,
      async (request, { good }) => {
        const response = await good()
        const text = `Bad token: ${request.headers.get('Authorization')}`
        return new Response(text, { status: 401, headers: response.headers })
      },
      isGarbage,
    ),
    findings: ['error token-echo'],
  },
  {
    title: 'a challenge after X-Forwarded-Host',
    server: at(PATH, async (request, { good }) => {
      const host = request.headers.get('X-Forwarded-Host')
      if (host === null) return undefined
      const header = `Bearer resource_metadata="https://${host}${METADATA_PATH}"`
      return changed(good, { 'WWW-Authenticate': header })
    }),
    findings: ['warning forwarded-host'],
  },
  // --- protected resource metadata ---
  {
    title: 'no metadata',
    server: (request) =>
      request.url.includes('/.well-known/') ? new Response(null, { status: 404 }) : undefined,
    findings: ['error metadata-found'],
  },
  {
    title: 'metadata behind the login',
    server: at(METADATA_PATH, () => new Response(null, { status: 401 })),
    findings: ['error metadata-found'],
  },
  {
    title: 'an application’s page in place of the metadata',
    server: at(
      METADATA_PATH,
      () => new Response('<!doctype html>', { headers: { 'Content-Type': 'text/html' } }),
    ),
    findings: ['error metadata-found'],
  },
  {
    title: 'metadata at the root only',
    server: (request, context) => {
      const { pathname, origin } = new URL(request.url)
      if (pathname === METADATA_PATH) return new Response(null, { status: 404 })
      if (pathname === '/.well-known/oauth-protected-resource') {
        const { method, headers } = request
        return context.good(new Request(`${origin}${METADATA_PATH}`, { method, headers }))
      }
      return challenge((header) => header.replace('resource/mcp', 'resource'))(request, context)
    },
    findings: ['warning metadata-location'],
  },
  {
    title: 'a challenge that leads nowhere',
    server: challenge((header) => header.replace('/oauth-protected-resource/mcp', '/elsewhere')),
    findings: ['error metadata-named'],
  },
  {
    title: 'a resource with another host',
    server: document({ resource: 'https://mcp.example/mcp' }),
    findings: ['error resource-identity'],
  },
  {
    title: 'a resource with another scheme',
    server: async (request, context) =>
      document({ resource: context.url.replace('http:', 'https:') })(request, context),
    findings: ['error resource-identity'],
  },
  {
    title: 'a resource with a slash too many',
    server: async (request, context) => document({ resource: `${context.url}/` })(request, context),
    findings: ['warning resource-identity'],
  },
  {
    title: 'a resource that is a parent',
    server: async (request, context) => document({ resource: context.origin })(request, context),
    findings: ['warning resource-identity'],
  },
  {
    title: 'a document without resource',
    server: document({ resource: undefined }),
    findings: ['error resource-identity'],
  },
  {
    title: 'no authorization server',
    server: document({ authorization_servers: [] }),
    findings: ['error authorization-servers', 'warning empty-members'],
  },
  {
    title: 'an authorization server that is no URL',
    server: document({ authorization_servers: ['auth.example'] }),
    findings: ['error authorization-servers', 'error server-found'],
  },
  {
    title: 'scopes as one string',
    server: document({ scopes_supported: 'notes:read' }),
    findings: ['error scopes-supported'],
  },
  {
    title: 'offline_access among the scopes',
    server: document({ scopes_supported: ['notes:read', 'offline_access'] }),
    findings: ['warning scopes-supported'],
  },
  {
    title: 'tokens in the query',
    server: document({ bearer_methods_supported: ['header', 'query'] }),
    findings: ['warning bearer-methods'],
  },
  {
    title: 'members without a value',
    server: document({ resource_name: null }),
    findings: ['warning empty-members'],
  },
  {
    title: 'a document that does not call itself JSON',
    server: documentHeaders({ 'Content-Type': 'text/plain' }),
    findings: ['warning metadata-type'],
  },
  {
    title: 'no HEAD',
    server: at(
      METADATA_PATH,
      () => new Response(null, { status: 404 }),
      ({ method }) => method === 'HEAD',
    ),
    findings: ['warning metadata-methods'],
  },
  {
    title: 'a document that may be posted to',
    server: at(METADATA_PATH, () => Response.json({}), isPost),
    findings: ['warning metadata-methods'],
  },
  {
    title: 'a document that is kept for a year',
    server: documentHeaders({ 'Cache-Control': 'max-age=31536000' }),
    findings: ['warning metadata-caching'],
  },
  {
    title: 'a cookie with the document',
    server: documentHeaders({ 'Set-Cookie': 'session=1' }),
    findings: ['warning metadata-caching'],
  },
  {
    title: 'a document that pages may not read',
    server: documentHeaders(
      { 'Access-Control-Allow-Origin': null },
      ({ method }) => method === 'GET',
    ),
    findings: ['warning metadata-cors'],
  },
  {
    title: 'no preflight for the document',
    server: at(METADATA_PATH, () => new Response(null, { status: 405 }), isPreflight),
    findings: ['warning metadata-preflight'],
  },
  // --- authorization server ---
  {
    title: 'an authorization server without metadata',
    authority: () => new Response(null, { status: 404 }),
    findings: ['error server-found'],
  },
  {
    title: 'an authorization server that is away',
    authority: () => {
      throw new Error('away')
    },
    findings: ['error server-found'],
  },
  {
    title: 'an issuer with a path, found by OpenID clients only',
    authority: (request) =>
      request.url.includes(LEGACY) ? new Response(null, { status: 404 }) : undefined,
    findings: ['warning server-forms'],
  },
  {
    title: 'metadata that are redirected',
    authority: (request) =>
      request.url.includes(LEGACY)
        ? new Response(null, { status: 302, headers: { Location: '/elsewhere' } })
        : undefined,
    findings: ['warning server-forms', 'warning server-redirect'],
  },
  {
    title: 'a page at the well-known place',
    authority: (request) =>
      request.url.includes(LEGACY) ? new Response('<!doctype html>') : undefined,
    findings: ['warning server-forms', 'warning server-html'],
  },
  {
    title: 'another issuer',
    authority: authority({ issuer: 'https://evil.example' }),
    findings: ['error server-identity'],
  },
  {
    title: 'an issuer with a slash too many',
    authority: (request, context) =>
      authority({ issuer: `${context.issuer.issuer}/` })(request, context),
    findings: ['error server-identity'],
  },
  {
    title: 'two documents that disagree',
    authority: authority({ code_challenge_methods_supported: undefined }, 'openid-configuration'),
    findings: ['warning server-agreement'],
  },
  {
    title: 'no PKCE in the metadata',
    metadata: { code_challenge_methods_supported: undefined },
    findings: ['warning server-pkce'],
  },
  {
    title: 'plain PKCE only',
    metadata: { code_challenge_methods_supported: ['plain'] },
    findings: ['error server-pkce'],
  },
  {
    title: 'no way to register',
    metadata: {
      client_id_metadata_document_supported: undefined,
      registration_endpoint: undefined,
    },
    findings: ['warning server-client-registration'],
  },
  {
    title: 'no code flow',
    metadata: { response_types_supported: ['token'] },
    findings: ['error server-code-flow'],
  },
  {
    title: 'no public clients',
    metadata: { token_endpoint_auth_methods_supported: ['client_secret_basic'] },
    findings: ['warning server-public-clients'],
  },
  {
    title: 'no keys',
    authority: (request) =>
      request.url.endsWith('/jwks') ? new Response(null, { status: 503 }) : undefined,
    findings: ['error keys-found'],
  },
  {
    title: 'a key set without keys',
    authority: keys({ keys: [] }),
    findings: ['error keys-usable'],
  },
  {
    title: 'a private key among the keys',
    authority: keys({
      keys: [
        { ...EC, kid: '1', d: 'd'.repeat(43) },
        { ...EC, kid: '2' },
      ],
    }),
    findings: ['error keys-secret', 'warning keys-usable'],
  },
  {
    title: 'a short RSA key beside a good one',
    authority: keys({
      keys: [
        { kty: 'RSA', n: 'AQAB', e: 'AQAB', kid: '1' },
        { ...EC, kid: '2' },
      ],
    }),
    findings: ['warning keys-usable'],
  },
  {
    title: 'two keys of one name',
    authority: keys({
      keys: [
        { ...EC, kid: '1' },
        { ...EC, kid: '1' },
      ],
    }),
    findings: ['warning keys-named'],
  },
  // --- browsers ---
  {
    title: 'a preflight that wants a token',
    server: at(PATH, () => new Response(null, { status: 401 }), isPreflight),
    findings: ['warning cors-preflight'],
  },
  {
    title: 'a page that is not let in',
    resource: { origins: [] },
    findings: ['warning cors-preflight'],
  },
  {
    title: 'an asterisk for the headers',
    server: at(
      PATH,
      (_request, { good }) => changed(good, { 'Access-Control-Allow-Headers': '*' }),
      isPreflight,
    ),
    findings: ['warning cors-headers'],
  },
  {
    title: 'a refusal that pages may not read',
    server: at(
      PATH,
      (_request, { good }) => changed(good, { 'Access-Control-Allow-Origin': null }),
      isPost,
    ),
    findings: ['warning cors-refusal'],
  },
  {
    title: 'a challenge that pages may not see',
    server: at(
      PATH,
      (_request, { good }) => changed(good, { 'Access-Control-Expose-Headers': 'ETag' }),
      isPost,
    ),
    findings: ['warning cors-expose'],
  },
  {
    title: 'cookies for every page',
    resource: { origins: '*' },
    server: at(
      PATH,
      (request, { good }) =>
        changed(good, {
          'Access-Control-Allow-Origin': request.headers.get('Origin') ?? PAGE,
          'Access-Control-Allow-Credentials': 'true',
        }),
      isPost,
    ),
    findings: ['error cors-credentials'],
  },
  {
    title: 'an authorization server that pages may not read',
    authority: (request, { good }) =>
      request.method === 'GET' ? changed(good, { 'Access-Control-Allow-Origin': null }) : undefined,
    findings: ['warning server-cors'],
  },
  {
    title: 'a token endpoint that pages may not call',
    authority: (request) =>
      isPreflight(request) && request.url.endsWith('/token')
        ? new Response(null, { status: 405 })
        : undefined,
    findings: ['warning server-token-cors'],
  },
  // --- older clients ---
  {
    title: 'a page where the oldest clients look',
    server: at(LEGACY, () => new Response('<!doctype html>')),
    findings: ['warning legacy-metadata'],
  },
  {
    title: 'somebody else’s server for the oldest clients',
    server: at(LEGACY, () =>
      Response.json({ issuer: 'https://old.example', token_endpoint: 'https://old.example/token' }),
    ),
    findings: ['warning legacy-metadata'],
  },
  // --- token ---
  {
    title: 'a token for somebody else',
    token: { aud: 'https://other.example' },
    findings: ['error token-accepted', 'error token-audience'],
  },
  {
    title: 'a token for somebody else, accepted',
    token: { aud: 'https://other.example' },
    resource: { audience: 'https://other.example' },
    findings: ['warning token-audience'],
  },
  {
    title: 'a token of an issuer that is not listed',
    token: { iss: 'https://other.example' },
    findings: ['error token-accepted', 'warning token-issuer'],
  },
  {
    title: 'a token for a month',
    token: { exp: Math.floor(Date.now() / 1000) + 30 * 86_400 },
    findings: ['warning token-expiry'],
  },
  {
    title: 'a token without end, accepted',
    token: { exp: undefined },
    server: at(
      PATH,
      rpc,
      (request) => isForged(request) && !request.headers.get('Authorization')?.endsWith('.'),
    ),
    findings: ['error token-expiry', 'error token-tampered'],
  },
  {
    title: 'signatures that nobody verifies',
    token: {},
    server: at(PATH, rpc, isForged),
    findings: ['error token-tampered', 'error token-unsigned'],
  },
  {
    title: 'too little scope for anything',
    token: { scope: 'other' },
    findings: ['error token-accepted'],
  },
  {
    title: 'a 403 that names no scope',
    token: { scope: 'other' },
    server: at(PATH, async (_request, { good }) => {
      const response = await good()
      return response.status === 403
        ? changed(async () => response, { 'WWW-Authenticate': 'Bearer error="insufficient_scope"' })
        : response
    }),
    findings: ['error token-accepted', 'warning token-scope-answer'],
  },
  {
    title: 'a 403 without a challenge',
    token: { scope: 'other' },
    server: at(PATH, async (_request, { good }) => {
      const response = await good()
      return response.status === 403
        ? changed(async () => response, { 'WWW-Authenticate': null })
        : response
    }),
    findings: ['error token-scope-answer', 'error token-accepted'],
  },
  {
    title: 'a bound token, accepted without proof',
    token: { cnf: { jkt: 'A'.repeat(43) } },
    server: at(PATH, rpc, (request) => isForged(request) && request.headers.has('Authorization')),
    findings: ['error token-accepted', 'error token-tampered', 'error token-unsigned'],
  },
  {
    title: 'tools that need more scope than connecting',
    token: { scope: 'notes:read' },
    server: at(PATH, async (request, { good, issuer }) => {
      if (!isPost(request)) return undefined
      const { method } = (await request.clone().json()) as { method: string }
      if (method !== 'tools/list') return good()
      const header = `Bearer error="insufficient_scope", scope="all", resource_metadata="${issuer.issuer}"`
      return new Response(null, { status: 403, headers: { 'WWW-Authenticate': header } })
    }),
    findings: ['warning token-tools'],
  },
]
