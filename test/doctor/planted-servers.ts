/** Misconfigurations of authorization servers, of CORS, and for older clients. */

import {
  at,
  authority,
  EC,
  isPost,
  isPreflight,
  keys,
  LEGACY,
  PATH,
  type Planted,
} from './breaks.ts'
import { changed, PAGE } from './site.ts'

export const SERVERS: readonly Planted[] = [
  // --- authorization server ---
  {
    title: 'an authorization server without metadata',
    authority: () => new Response(null, { status: 404 }),
    findings: ['error server-found'],
  },
  {
    title: 'an authorization server that publishes an ML-DSA private key',
    authority: keys({
      keys: [EC, { kty: 'AKP', alg: 'ML-DSA-65', pub: 'x', priv: 'y', kid: 'm' }],
    }),
    findings: ['error keys-secret', 'warning keys-usable', 'warning keys-named'],
  },
  {
    title: 'a relative URL in the metadata of the server',
    authority: authority({ service_documentation: '/docs' }, 'oauth-authorization-server'),
    findings: ['error server-types'],
  },
  {
    title: 'OpenID Connect metadata without the members that only OpenID requires',
    authority: (request, context) =>
      request.url.includes('oauth-authorization-server')
        ? new Response(null, { status: 404 })
        : authority({ subject_types_supported: undefined })(request, context),
    findings: ['error server-types', 'warning server-forms'],
  },
  {
    title: 'an authorization server that is unreachable',
    authority: () => {
      throw new Error('away')
    },
    findings: ['error server-found'],
  },
  {
    title: 'an issuer with a path, published at the OpenID Connect URL only',
    authority: (request) =>
      request.url.includes(LEGACY) ? new Response(null, { status: 404 }) : undefined,
    findings: ['warning server-forms'],
  },
  {
    title: 'metadata behind a redirect',
    authority: (request) =>
      request.url.includes(LEGACY)
        ? new Response(null, { status: 302, headers: { Location: '/elsewhere' } })
        : undefined,
    findings: ['warning server-forms', 'warning server-redirect'],
  },
  {
    title: 'an HTML page at the well-known URL',
    authority: (request) =>
      request.url.includes(LEGACY) ? new Response('<!doctype html>') : undefined,
    findings: ['warning server-forms', 'warning server-html'],
  },
  {
    title: 'a token endpoint at the name of a container',
    authority: authority({ token_endpoint: 'https://keycloak:8443/token' }),
    findings: ['error server-endpoints', 'warning server-token-cors'],
  },
  {
    title: 'a different issuer',
    authority: authority({ issuer: 'https://evil.example' }),
    findings: ['error server-identity'],
  },
  {
    title: 'an issuer with an extra trailing slash',
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
    title: 'a server that requires pushed requests',
    authority: authority({ require_pushed_authorization_requests: true }),
    findings: ['warning server-pushed-requests'],
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
    title: 'no client registration',
    metadata: {
      client_id_metadata_document_supported: undefined,
      registration_endpoint: undefined,
    },
    findings: ['warning server-client-registration'],
  },
  {
    title: 'no authorization code flow',
    metadata: { response_types_supported: ['token'] },
    findings: ['error server-code-flow'],
  },
  {
    title: 'no public clients',
    metadata: { token_endpoint_auth_methods_supported: ['client_secret_basic'] },
    findings: ['warning server-public-clients'],
  },
  {
    title: 'an unreachable key set',
    authority: (request) =>
      request.url.endsWith('/jwks') ? new Response(null, { status: 503 }) : undefined,
    findings: ['error keys-found'],
  },
  {
    title: 'an empty key set',
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
    title: 'two keys with one kid',
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
    title: 'a preflight that needs a token',
    server: at(PATH, () => new Response(null, { status: 401 }), isPreflight),
    findings: ['warning cors-preflight'],
  },
  {
    title: 'an origin that is not allowed',
    resource: { origins: [] },
    findings: ['warning cors-preflight'],
  },
  {
    title: '* in Access-Control-Allow-Headers',
    server: at(
      PATH,
      (_request, { good }) => changed(good, { 'Access-Control-Allow-Headers': '*' }),
      isPreflight,
    ),
    findings: ['warning cors-headers'],
  },
  {
    title: 'a 401 without CORS',
    server: at(
      PATH,
      (_request, { good }) => changed(good, { 'Access-Control-Allow-Origin': null }),
      isPost,
    ),
    findings: ['warning cors-refusal'],
  },
  {
    title: 'a challenge that is not exposed',
    server: at(
      PATH,
      (_request, { good }) => changed(good, { 'Access-Control-Expose-Headers': 'ETag' }),
      isPost,
    ),
    findings: ['warning cors-expose'],
  },
  {
    title: 'credentialed requests for every origin',
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
    title: 'an authorization server without CORS',
    authority: (request, { good }) =>
      request.method === 'GET' ? changed(good, { 'Access-Control-Allow-Origin': null }) : undefined,
    findings: ['warning server-cors'],
  },
  {
    title: 'a token endpoint without CORS',
    authority: (request) =>
      isPreflight(request) && request.url.endsWith('/token')
        ? new Response(null, { status: 405 })
        : undefined,
    findings: ['warning server-token-cors'],
  },
  // --- older clients ---
  {
    title: 'an HTML page at the metadata URL of MCP 2025-03-26',
    server: at(LEGACY, () => new Response('<!doctype html>')),
    findings: ['warning legacy-metadata'],
  },
  {
    title: 'another authorization server at the metadata URL of MCP 2025-03-26',
    server: at(LEGACY, () =>
      Response.json({ issuer: 'https://old.example', token_endpoint: 'https://old.example/token' }),
    ),
    findings: ['warning legacy-metadata'],
  },
]
