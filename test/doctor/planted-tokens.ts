/** Misconfigurations that only a request with a token shows. */

import { at, EC, hasJwt, isPost, keys, PATH, type Planted, rpc } from './breaks.ts'
import { changed, edited, METADATA_PATH } from './site.ts'

/** In seconds. */
const NOW = Math.floor(Date.now() / 1000)

export const TOKENS: readonly Planted[] = [
  {
    title: 'a token with another audience',
    token: { aud: 'https://other.example' },
    findings: ['error token-accepted', 'error token-audience'],
  },
  {
    title: 'a token with another audience, accepted',
    token: { aud: 'https://other.example' },
    resource: { audience: 'https://other.example' },
    findings: ['warning token-audience'],
  },
  {
    title: 'a token of an unlisted issuer',
    token: { iss: 'https://other.example' },
    findings: ['error token-accepted', 'warning token-issuer'],
  },
  {
    title: 'a token of a key that is not published',
    token: {},
    authority: keys({ keys: [{ ...EC, kid: 'newer' }] }),
    findings: ['warning token-key'],
  },
  {
    title: 'a token that is valid for a month',
    token: { exp: NOW + 30 * 86_400 },
    findings: ['warning token-expiry'],
  },
  {
    title: 'a token that lives five minutes',
    token: { iat: NOW, exp: NOW + 300 },
    findings: ['warning token-lifetime'],
  },
  {
    title: 'a token without exp, accepted',
    token: { exp: undefined },
    server: at(
      PATH,
      rpc,
      (request) => hasJwt(request) && !request.headers.get('Authorization')?.endsWith('.'),
    ),
    findings: ['error token-expiry', 'error token-tampered'],
  },
  {
    title: 'signatures that are not verified',
    token: {},
    server: at(PATH, rpc, hasJwt),
    findings: ['error token-tampered', 'error token-unsigned'],
  },
  {
    title: 'insufficient scope for every call',
    token: { scope: 'other' },
    findings: ['error token-scope', 'error token-accepted'],
  },
  {
    title: 'a 403 without scope',
    token: { scope: 'other' },
    server: at(PATH, async (_request, { good }) => {
      const response = await good()
      return response.status === 403
        ? changed(async () => response, { 'WWW-Authenticate': 'Bearer error="insufficient_scope"' })
        : response
    }),
    findings: ['warning token-scope-answer', 'error token-accepted', 'error token-scope'],
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
    findings: ['error token-scope-answer', 'error token-accepted', 'error token-scope'],
  },
  {
    title: 'a bound token, accepted without proof',
    token: { cnf: { jkt: 'A'.repeat(43) } },
    server: at(PATH, rpc, hasJwt),
    findings: ['error token-accepted', 'error token-tampered', 'error token-unsigned'],
  },
  {
    title: 'tools/list that needs more scopes than initialize',
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
  {
    title: 'a bearer token where DPoP is required',
    token: {},
    server: at(METADATA_PATH, (request, { good }) =>
      request.method === 'GET'
        ? edited(good, { dpop_bound_access_tokens_required: true })
        : undefined,
    ),
    findings: ['warning token-binding'],
  },
]
