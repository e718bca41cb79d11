/** Problems from public reports, each rebuilt as a server: one finding names the cause. */

import { afterEach, expect, it } from 'vitest'
import { examine } from '../../src/doctor/examine.ts'
import {
  at,
  authority,
  challenge,
  document,
  isGarbage,
  isPost,
  isPreflight,
  keys,
  PATH,
  status,
} from './breaks.ts'
import { changed, type Site, type SiteOptions, startSite } from './site.ts'

let site: Site | undefined
afterEach(() => site?.close())

const reply = (code: number, body: string, headers: Record<string, string> = {}) =>
  at(PATH, () => new Response(body, { status: code, headers }), isPost)
const HTML = { 'Content-Type': 'text/html' }
const agent = (pattern: RegExp) => (request: Request) =>
  isPost(request) && pattern.test(request.headers.get('User-Agent') ?? '')
const redirect = (location: string) => reply(302, '', { Location: location })
const preflight = (headers: Record<string, string | null>) =>
  at(PATH, (_request, { good }) => changed(good, headers), isPreflight)

const REPORTS: readonly (readonly [report: string, id: string, options: SiteOptions])[] = [
  [
    'Claude cannot connect, curl can',
    'user-agent',
    { server: at(PATH, () => new Response('error code: 1020', { status: 403 }), agent(/Claude/)) },
  ],
  [
    'ChatGPT gets a captcha',
    'user-agent',
    {
      server: at(
        PATH,
        () => new Response('captcha', { status: 403, headers: HTML }),
        agent(/openai/),
      ),
    },
  ],
  [
    'Just a moment',
    'bot-challenge',
    { server: reply(503, '<title>Just a moment...</title>', HTML) },
  ],
  ['421 behind the proxy', 'host-check', { server: reply(421, 'Invalid Host header') }],
  ['Host not allowed', 'host-check', { server: reply(403, '{"error":"Host not allowed"}') }],
  ['Unexpected token <', 'html-response', { server: reply(400, '<!doctype html>', HTML) }],
  ['no MCP server here', 'not-mcp', { server: () => new Response('Cannot POST', { status: 404 }) }],
  [
    'the company login opens',
    'login-redirect',
    { server: redirect('https://x.cloudflareaccess.com/cdn-cgi/access/login') },
  ],
  ['redirected to /login', 'login-redirect', { server: redirect('/login?next=/mcp') }],
  ['307 to the slash', 'redirect', { server: redirect('/mcp/') }],
  [
    'API Gateway drops the header',
    'renamed-challenge',
    {
      server: at(
        PATH,
        (_r, { good }) =>
          changed(good, { 'WWW-Authenticate': null, 'x-amzn-remapped-www-authenticate': 'Bearer' }),
        isPost,
      ),
    },
  ],
  [
    'an old 401 from the CDN',
    'stale-response',
    { server: at(PATH, (_r, { good }) => changed(good, { Age: '30' }), isPost) },
  ],
  ['403 instead of 401', 'challenge-status', { server: status(403) }],
  ['406 before the token check', 'challenge-status', { server: status(406) }],
  ['500 for a bad token', 'garbage-status', { server: status(500, isGarbage) }],
  ['no second login', 'challenge-repeated', { server: challenge(() => null, isGarbage) }],
  ['a 401 without a challenge', 'challenge-header', { server: challenge(() => null) }],
  ['a browser dialog', 'challenge-scheme', { server: challenge(() => 'Basic realm="x"') }],
  [
    'Basic comes first',
    'challenge-first',
    { server: challenge((header) => `Basic realm="x", ${header}`) },
  ],
  [
    'two Bearer challenges',
    'challenge-first',
    { server: challenge((header) => `${header}, Bearer realm="b"`) },
  ],
  [
    'blanks around =',
    'challenge-spelling',
    { server: challenge((header) => header.replace('scope=', 'scope = ')) },
  ],
  [
    'upper-case names',
    'challenge-spelling',
    { server: challenge((header) => header.replace('scope=', 'Scope=')) },
  ],
  [
    'commas in scope',
    'challenge-scope-form',
    { server: challenge((header) => header.replace('notes:read', 'notes:read,notes:write')) },
  ],
  [
    'http:// behind TLS',
    'challenge-metadata-url',
    { server: challenge((header) => header.replace('http:', 'https:')) },
  ],
  [
    'no metadata URL',
    'challenge-resource-metadata',
    { server: challenge((header) => header.replace(/, resource_metadata="[^"]*"/, '')) },
  ],
  [
    'metadata is a 404',
    'metadata-found',
    {
      server: (request) =>
        request.url.includes('oauth-protected') ? new Response(null, { status: 404 }) : undefined,
    },
  ],
  [
    'does not match expected',
    'resource-identity',
    { server: document({ resource: 'https://other.example/mcp' }) },
  ],
  [
    'localhost and 127.0.0.1',
    'resource-identity',
    {
      server: (request, context) =>
        document({ resource: context.url.replace('127.0.0.1', 'localhost') })(request, context),
    },
  ],
  [
    'Authenticated, then not',
    'resource-path',
    { server: (request, context) => document({ resource: context.origin })(request, context) },
  ],
  [
    'a metadata URL as issuer',
    'authorization-servers',
    {
      server: (request, { issuer, ...context }) =>
        document({
          authorization_servers: [`${issuer.issuer}/.well-known/openid-configuration`],
        })(request, { issuer, ...context }),
    },
  ],
  [
    'authorization_server',
    'metadata-types',
    { server: document({ authorization_server: 'https://as.example' }) },
  ],
  ['ZodError for null', 'metadata-types', { server: document({ jwks_uri: null }) }],
  [
    'ZodError at the server',
    'server-types',
    { authority: authority({ service_documentation: 'docs' }) },
  ],
  [
    'issuer mismatch',
    'server-identity',
    { authority: authority({ issuer: 'https://as.example' }) },
  ],
  [
    'PKCE is not published',
    'server-pkce',
    { authority: authority({ code_challenge_methods_supported: undefined }) },
  ],
  [
    'PKCE plain',
    'server-pkce',
    { authority: authority({ code_challenge_methods_supported: ['plain'] }) },
  ],
  [
    'implicit and password',
    'server-old-grants',
    {
      authority: authority({
        grant_types_supported: ['authorization_code', 'refresh_token', 'implicit', 'password'],
      }),
    },
  ],
  [
    'a private ML-DSA key',
    'keys-secret',
    { authority: keys({ keys: [{ kty: 'AKP', alg: 'ML-DSA-44', pub: 'x', priv: 'y' }] }) },
  ],
  ['Gemini gets a 403', 'server-challenge-scopes', { metadata: { scopes_supported: ['openid'] } }],
  [
    'the page cannot end its session',
    'cors-methods',
    { server: preflight({ 'Access-Control-Allow-Methods': 'POST' }) },
  ],
  [
    'Mcp-Session-Id is not allowed',
    'cors-headers',
    { server: preflight({ 'Access-Control-Allow-Headers': 'authorization, content-type' }) },
  ],
]

it.each(REPORTS)('"%s" is found as %s', async (_report, id, options) => {
  site = await startSite(options)
  const { findings } = await examine({ url: site.url })
  const levels = findings.filter((finding) => finding.id === id).map(({ level }) => level)
  expect(levels.some((level) => level !== 'pass')).toBe(true)
})
