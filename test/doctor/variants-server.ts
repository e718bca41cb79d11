/** Authorization servers: where their documents are, what clients throw away, registration and keys. */

import { authority, document, isPost, keys } from './breaks.ts'
import type { Break } from './site.ts'
import { HTML, JSON_TYPE, page, type Variant } from './variants.ts'

const OAUTH = '/.well-known/oauth-authorization-server'

/** The response to a registration. */
const register =
  (status: number, body: string, headers: Record<string, string> = JSON_TYPE): Break =>
  (request) =>
    isPost(request) && request.url.endsWith('/register')
      ? new Response(status === 204 ? null : body, { status, headers })
      : undefined

/** The metadata at one path only. */
const onlyAt =
  (path: string): Break =>
  (request, { good, issuer }) => {
    const { pathname, origin } = new URL(request.url)
    if (!pathname.includes('/.well-known/')) return undefined
    return pathname === path
      ? good(new Request(`${origin}${OAUTH}${new URL(issuer.issuer).pathname}`))
      : new Response(null, { status: 404 })
  }

export const SERVER: readonly Variant[] = [
  {
    report: 'the metadata is at the root, the issuer has a path',
    id: 'server-found',
    says: /A document is at .*oauth-authorization-server, which clients do not request/,
    received: /oauth-authorization-server$/,
    authority: onlyAt(OAUTH),
  },
  {
    report: 'the metadata is appended to the issuer',
    id: 'server-found',
    says: /tenant\/\.well-known\/oauth-authorization-server, which/,
    authority: onlyAt(`/tenant${OAUTH}`),
  },
  {
    report: 'the MCP server is its own authorization server, without metadata',
    id: 'server-found',
    says: /lists itself/,
    server: (request, context) =>
      document({ authorization_servers: [context.origin] })(request, context),
  },
  {
    report: 'only OpenID Connect discovery',
    id: 'server-forms',
    says: /not at the first/,
    authority: onlyAt('/tenant/.well-known/openid-configuration'),
  },
  {
    report: 'every URL of the server is its login page',
    id: 'server-found',
    says: /200 with an HTML page/,
    authority: () => new Response(page('Sign in'), { headers: HTML }),
  },
  {
    report: 'the metadata answers 500',
    id: 'server-found',
    says: /: 500/,
    authority: () => new Response('error', { status: 500 }),
  },
  {
    report: 'an authorization server in the private network',
    id: 'server-found',
    says: /No metadata was found/,
    server: document({ authorization_servers: ['https://keycloak.internal/realms/a'] }),
  },
  {
    report: 'another realm',
    id: 'server-identity',
    says: /another tenant or realm/,
    expected: /tenant/,
    received: /realms\/b/,
    authority: (request, context) =>
      authority({ issuer: context.issuer.issuer.replace('tenant', 'realms/b') })(request, context),
  },
  {
    report: 'http in the issuer behind TLS termination',
    id: 'server-identity',
    says: /scheme differs/,
    authority: (request, context) =>
      authority({ issuer: context.issuer.issuer.replace('http:', 'https:') })(request, context),
  },
  {
    report: 'localhost in the issuer',
    id: 'server-identity',
    says: /localhost and 127/,
    authority: (request, context) =>
      authority({ issuer: context.issuer.issuer.replace('127.0.0.1', 'localhost') })(
        request,
        context,
      ),
  },
  {
    report: 'no issuer in the document',
    id: 'server-identity',
    says: /issuer is missing/,
    authority: authority({ issuer: undefined }),
  },
  {
    report: 'the placeholder of a tenant',
    id: 'server-issuer',
    says: /tenant placeholder/,
    authority: authority({ issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0' }),
  },
  {
    report: 'the browser opens keycloak:8080',
    id: 'server-endpoints',
    says: /authorization_endpoint.*internal name.*keycloak:8080/,
    expected: /127\.0\.0\.1/,
    received: /keycloak:8080/,
    authority: authority({ authorization_endpoint: 'https://keycloak:8080/realms/a/auth' }),
  },
  {
    report: 'Pushed Authorization Request must be used',
    id: 'server-pushed-requests',
    says: /requires pushed authorization requests/,
    authority: authority({ require_pushed_authorization_requests: true }),
  },
  {
    report: 'relative endpoints',
    id: 'server-types',
    says: /authorization_endpoint is not an absolute URL/,
    authority: authority({ authorization_endpoint: '/auth/authorize' }),
  },
  {
    report: 'ZodError: registration_endpoint',
    id: 'server-types',
    says: /registration_endpoint is not an absolute URL/,
    authority: authority({ registration_endpoint: '' }),
  },
  {
    report: 'null in grant_types_supported',
    id: 'server-types',
    says: /grant_types_supported is not a list/,
    authority: authority({ grant_types_supported: null }),
  },
  {
    report: 'code_challenge_methods_supported is a text',
    id: 'server-types',
    says: /code_challenge_methods_supported is not a list/,
    authority: authority({ code_challenge_methods_supported: 'S256' }),
  },
  {
    report: 'response_types_supported is missing',
    id: 'server-types',
    says: /response_types_supported is missing/,
    authority: authority({ response_types_supported: undefined }),
  },
  {
    report: 'OpenID Connect without id_token_signing_alg_values_supported',
    id: 'server-types',
    says: /id_token_signing_alg_values_supported is missing/,
    authority: (request, context) =>
      request.url.includes('oauth-authorization-server')
        ? new Response(null, { status: 404 })
        : authority({ id_token_signing_alg_values_supported: undefined })(request, context),
  },
  {
    report: 'only plain in PKCE',
    id: 'server-pkce',
    says: /plain only/,
    metadata: { code_challenge_methods_supported: ['plain'] },
  },
  {
    report: 'the implicit grant is listed',
    id: 'server-old-grants',
    says: /implicit/,
    metadata: { grant_types_supported: ['authorization_code', 'refresh_token', 'implicit'] },
  },
  {
    report: 'clients with a secret only',
    id: 'server-public-clients',
    says: /none/,
    metadata: { token_endpoint_auth_methods_supported: ['client_secret_post'] },
  },
  {
    report: 'no way to register',
    id: 'server-client-registration',
    says: /registration/i,
    metadata: {
      registration_endpoint: undefined,
      client_id_metadata_document_supported: undefined,
    },
  },
  // --- registration, by the answer ---
  {
    report: "Policy 'Trusted Hosts' rejected request",
    id: 'server-registration',
    says: /403.*Trusted Hosts/,
    expected: /400/,
    received: /403/,
    authority: register(
      403,
      `{"error":"insufficient_scope","error_description":"Policy 'Trusted Hosts' rejected request"}`,
    ),
  },
  {
    report: 'registration needs an initial access token',
    id: 'server-registration',
    says: /401.*no anonymous clients/,
    authority: register(401, '{"error":"invalid_token"}'),
  },
  {
    report: 'the published registration endpoint is a 404',
    id: 'server-registration',
    says: /404.*does not exist/,
    authority: register(404, 'Not Found', {}),
  },
  {
    report: 'registration is disabled for the tenant',
    id: 'server-registration',
    says: /disabled/,
    authority: register(400, '{"error":"access_denied","error_description":"DCR is disabled"}'),
  },
  {
    report: 'registration answers with a page',
    id: 'server-registration',
    says: /HTML page/,
    authority: register(400, page('Bad request'), HTML),
  },
  {
    report: 'registration accepts every redirect URI',
    id: 'server-registration',
    says: /accepts an invalid redirect URI/,
    authority: register(201, '{"client_id":"a"}'),
  },
  // --- keys ---
  {
    report: 'jwks_uri answers 500',
    id: 'keys-found',
    says: /500/,
    authority: (request) =>
      request.url.endsWith('/jwks') ? new Response(null, { status: 500 }) : undefined,
  },
  {
    report: 'jwks_uri is the key set itself',
    id: 'keys-found',
    says: /no keys array/,
    authority: keys({ keys: {} }),
  },
  {
    report: 'a symmetric key is published',
    id: 'keys-secret',
    says: /private or secret/,
    authority: keys({ keys: [{ kty: 'oct', k: 'AAAA', alg: 'HS256' }] }),
  },
  {
    report: 'a modulus in base64, as of mock-jwks',
    id: 'keys-usable',
    says: /None of its 1 keys verifies signatures: base64 is not base64url/,
    authority: keys({ keys: [{ kty: 'RSA', n: `${'/'.repeat(341)}w==`, e: 'AQAB' }] }),
  },
  {
    report: 'the private part of an ML-DSA key is published',
    id: 'keys-secret',
    says: /private/,
    authority: keys({ keys: [{ kty: 'AKP', alg: 'ML-DSA-87', pub: 'x', priv: 'y' }] }),
  },
]
