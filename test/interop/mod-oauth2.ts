/** Tokens that must not pass, or must, and what the guard and mod_oauth2 3.3.1 (Debian 12) do with each. */

import { SignJWT } from 'jose'
import { createKey, goodClaims, RESOURCE, type SigningKey } from '../support/issuer.ts'

export interface HostileToken {
  readonly name: string
  /** The code of the rejection; `undefined` for a token that passes. */
  readonly guard: string | undefined
  readonly modOauth2: 'accepted' | 'rejected'
  /** `now` is the time of the server, in seconds. */
  readonly make: (key: SigningKey, now: number) => Promise<string>
}

type Claims = Record<string, unknown>

function signed(header: Claims, claims: Claims | ((now: number) => Claims) = {}) {
  return ({ jwk, privateKey }: SigningKey, now: number): Promise<string> => {
    const changes = typeof claims === 'function' ? claims(now) : claims
    const all = { ...goodClaims(), iat: now, exp: now + 3600, ...changes }
    const base = { alg: 'ES256', kid: jwk.kid, typ: 'at+jwt', ...header }
    return new SignJWT(defined(all))
      .setProtectedHeader(defined(base) as { alg: string })
      .sign(privateKey, { crit: { x: true } })
  }
}

function defined(members: Claims): Claims {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

/** The segments of a good token with one replaced. */
function changed(change: (parts: string[]) => string[]) {
  return async (key: SigningKey, now: number): Promise<string> =>
    change((await signed({})(key, now)).split('.')).join('.')
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

const accepts = { guard: undefined, modOauth2: 'accepted' } as const

export const TOKENS: readonly HostileToken[] = [
  { name: 'a good token', ...accepts, make: signed({}) },
  {
    name: 'signed by another key under the same `kid`',
    guard: 'token_signature',
    modOauth2: 'rejected',
    make: async (_key, now) => signed({})(await createKey('k1'), now),
  },
  {
    name: '`alg: none`, no signature',
    guard: 'token_malformed',
    modOauth2: 'rejected',
    make: changed(([, payload = '']) => [encode({ alg: 'none', typ: 'at+jwt' }), payload, '']),
  },
  {
    name: 'HS256 with the public key as the secret',
    guard: 'token_algorithm',
    modOauth2: 'rejected',
    make: ({ jwk }, now) =>
      new SignJWT({ ...goodClaims(), iat: now, exp: now + 3600 })
        .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
        .sign(Buffer.from(JSON.stringify(jwk))),
  },
  {
    name: 'signed by the key in its own `jwk` header',
    guard: 'token_key',
    modOauth2: 'rejected',
    make: async (_key, now) => {
      const other = await createKey('other')
      return signed({ jwk: other.jwk, kid: 'other' })(other, now)
    },
  },
  {
    name: 'an unknown `crit`',
    guard: 'token_malformed',
    modOauth2: 'accepted',
    make: signed({ crit: ['x'], x: 1 }),
  },
  {
    name: 'expired an hour ago',
    guard: 'token_expired',
    modOauth2: 'rejected',
    make: signed({}, (now) => ({ exp: now - 3600 })),
  },
  {
    name: 'no `exp`',
    guard: 'token_claims',
    modOauth2: 'accepted',
    make: signed({}, { exp: undefined }),
  },
  {
    name: '`nbf` in an hour',
    guard: 'token_not_yet_valid',
    modOauth2: 'accepted',
    make: signed({}, (now) => ({ nbf: now + 3600 })),
  },
  {
    name: '`iat` in a minute, as where a clock is slow',
    guard: undefined,
    modOauth2: 'rejected',
    make: signed({}, (now) => ({ iat: now + 60 })),
  },
  {
    name: 'another issuer',
    guard: 'token_issuer',
    modOauth2: 'rejected',
    make: signed({}, { iss: 'https://other.example' }),
  },
  {
    name: 'another audience',
    guard: 'token_audience',
    modOauth2: 'rejected',
    make: signed({}, { aud: 'https://other.example' }),
  },
  {
    name: 'no audience',
    guard: 'token_audience',
    modOauth2: 'rejected',
    make: signed({}, { aud: undefined }),
  },
  {
    name: 'an audience among others',
    ...accepts,
    make: signed({}, { aud: ['https://other.example', RESOURCE] }),
  },
  {
    name: 'an ID token (`nonce`, `at_hash`)',
    guard: 'token_type',
    modOauth2: 'accepted',
    make: signed({ typ: 'JWT' }, { nonce: 'n', at_hash: 'h', scope: undefined }),
  },
  {
    name: 'a logout token (`events`)',
    guard: 'token_type',
    modOauth2: 'accepted',
    make: signed(
      { typ: 'logout+jwt' },
      { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } },
    ),
  },
  {
    name: 'a DPoP proof type (`typ: dpop+jwt`)',
    guard: 'token_type',
    modOauth2: 'accepted',
    make: signed({ typ: 'dpop+jwt' }),
  },
  {
    name: 'bound to a key (`cnf.jkt`), sent as Bearer',
    guard: 'binding_unsupported',
    modOauth2: 'accepted',
    make: signed({}, { cnf: { jkt: 'a'.repeat(43) } }),
  },
  {
    name: 'a segment with padding',
    guard: 'token_malformed',
    modOauth2: 'accepted',
    make: changed(([header = '', payload = '', signature = '']) => [
      header,
      payload,
      `${signature}==`,
    ]),
  },
  {
    name: 'a text that is not a JWT',
    guard: 'token_malformed',
    modOauth2: 'rejected',
    make: async () => 'this-is-not-a-jwt',
  },
]

export function buildModOauth2Page(): string {
  return [
    '# mod_oauth2 beside this library',
    '',
    '<!-- Made by `npm run docs`. Change test/interop/mod-oauth2.ts instead. -->',
    '',
    'The same tokens at a resource of this library, with its defaults, and at Apache httpd with mod_oauth2 3.3.1 and',
    'liboauth2 1.4.5.4 of Debian 12, configured with `jwks_uri`, `Require oauth2_claim` for `iss` and `aud`, and otherwise',
    'its defaults. A test measures both columns where the module is installed. mod_oauth2 is for OAuth resources of any',
    'kind; it leaves the type of a token to further `Require` lines.',
    '',
    '| token | here | mod_oauth2 |',
    '| --- | --- | --- |',
    ...TOKENS.map(({ name, guard, modOauth2 }) => {
      const here = guard === undefined ? 'accepted' : `rejected, \`${guard}\``
      return `| ${name} | ${here} | ${modOauth2} |`
    }),
    '',
    '## A missing scope',
    '',
    'Where a `Require` line fails, httpd answers 401 without a challenge, with mod_oauth2 as with mod_auth_openidc',
    '([shown](../findings/apache-responds-401-to-a-missing-scope.sh)). MCP clients refresh at a 401, so each call fails, and no client requests',
    'the scope. This library answers 403 with the scopes that the call needs. If httpd has to require scopes in front of an MCP server:',
    '',
    '```apache',
    'AuthzSendForbiddenOnFailure On',
    'Header always set WWW-Authenticate \'Bearer error="insufficient_scope", scope="notes:write"\' env=OAUTH2_BEARER_SCOPE_ERROR',
    '```',
    '',
    'mod_auth_openidc sets `OIDC_OAUTH_BEARER_SCOPE_ERROR` instead.',
    '',
  ].join('\n')
}
