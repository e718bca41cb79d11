/** The options of a case, and the tokens of all cases. */

import type { AuthorizationServerOptions, ProtectedResourceOptions } from '../../../src/index.ts'
import { deny } from '../../../src/index.ts'
import { START } from '../clock.ts'
import { createHolder, type Holder } from '../holder.ts'
import { createKey, ISSUER, RESOURCE, type SigningKey, sign } from '../issuer.ts'
import {
  ALIAS,
  APP,
  type Case,
  OPAQUE,
  OTHER_AUDIENCE,
  SECOND_ISSUER,
  TOKENS,
  type TokenName,
} from './factors.ts'
import { claimsOf } from './reference.ts'

export const SECRET = 'a secret of the sessions, 32 bytes long'

/** The keys, and the text of each token. */
export interface Material {
  readonly key: SigningKey
  readonly holder: Holder
  /** Has another key. */
  readonly thief: Holder
  readonly texts: ReadonlyMap<TokenName, string>
}

export async function createMaterial(): Promise<Material> {
  const [holder, thief] = [await createHolder(), await createHolder()]
  const key = await createKey()
  const attacker = await createKey()
  const texts = new Map<TokenName, string>()
  for (const name of Object.keys(TOKENS) as TokenName[]) {
    const claims = boundTo(holder, claimsOf({ token: name } as Case))
    const typ = name === 'dpopType' ? 'dpop+jwt' : name === 'untyped' ? undefined : 'at+jwt'
    const kid = name === 'unknownKey' ? 'k2' : 'k1'
    const signer = name === 'forged' ? attacker : key
    const text = OPAQUE.has(name) ? name : await sign(claims, { header: { typ, kid } }, signer)
    texts.set(name, text)
  }
  return { key, holder, thief, texts }
}

function boundTo(
  { thumbprint }: Holder,
  claims: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const cnf = claims['cnf'] as Record<string, string> | undefined
  return { ...claims, ...(cnf && 'jkt' in cnf ? { cnf: { ...cnf, jkt: thumbprint } } : {}) }
}

/** What the authorization server, or `verify`, says about a token. */
function describe(material: Material, text: string): Record<string, unknown> | null {
  const [name] = [...material.texts].find(([, each]) => each === text) ?? []
  if (name === undefined || ['inactive', 'broken', 'forged', 'unknownKey'].includes(name))
    return null
  return boundTo(material.holder, claimsOf({ token: name } as Case))
}

/** A fetch that knows both servers, or none. */
export function fetchFor({ documents }: Case, material: Material) {
  return async (url: string, init?: RequestInit): Promise<Response> => {
    if (documents === 'down') throw new TypeError('fetch failed')
    const { origin, pathname } = new URL(url)
    if (pathname === '/jwks') return Response.json({ keys: [material.key.jwk] })
    if (pathname === '/introspect') {
      const text = new URLSearchParams(String(init?.body)).get('token') ?? ''
      const claims = describe(material, text)
      return Response.json(claims === null ? { active: false } : { active: true, ...claims })
    }
    const endpoints = { jwks_uri: `${origin}/jwks`, introspection_endpoint: `${origin}/introspect` }
    return Response.json({ issuer: origin, ...endpoints })
  }
}

const fail = (): never => {
  throw new Error('a mistake of the application')
}

const RULES: Readonly<
  Record<string, readonly string[] | { anyOf: string[] } | 'public' | { denied: string }>
> = {
  read: ['read'],
  write: ['write'],
  help: 'public',
  any: { anyOf: ['write', 'admin'] },
  deny: deny('not today'),
}
const TABLE = Object.fromEntries(
  Object.entries(RULES).map(([name, rule]) => [`tools/call ${name}`, rule]),
)

const BY_OPTION = {
  dpop: {
    off: {},
    on: { dpop: { replay: false } },
    required: { dpop: { required: true, replay: false } },
  },
  mtls: { off: {}, on: { mtls: true }, required: { mtls: { required: true } } },
  operations: {
    none: {},
    table: { operations: TABLE },
    decision: { operations: async ({ name = '' }) => RULES[name] },
    report: { operations: TABLE, decisionMode: 'report' },
  },
  actors: {
    any: {},
    none: { acceptActors: 'none' },
    agent: { acceptActors: ({ subject }) => subject === 'agent' },
    throws: { acceptActors: fail },
  },
  revocation: {
    none: {},
    subject: { revocation: { isRevoked: ({ sub }) => sub === 'revoked' } },
    throws: { revocation: { isRevoked: fail } },
    accepts: { revocation: { isRevoked: fail, whenUnavailable: 'accept' } },
  },
  sessions: { off: {}, on: { sessions: { secret: SECRET } } },
  audience: {
    resource: {},
    other: { audience: OTHER_AUDIENCE },
    both: { audience: [RESOURCE, OTHER_AUDIENCE] },
  },
  hierarchy: { none: {}, chain: { scopeHierarchy: { admin: ['write'], write: ['read'] } } },
  requiredScopes: {
    none: {},
    read: { requiredScopes: ['read'] },
    write: { requiredScopes: ['write'] },
  },
  challengeScopes: {
    needed: {},
    none: { challengeScopes: [] },
    offered: { challengeScopes: ['offered'] },
  },
  repeat: { off: {}, on: { repeatGrantedScopes: true } },
  tolerance: { usual: {}, none: { clockToleranceSeconds: 0 } },
  cache: { on: {}, off: { tokenCache: false } },
  source: {
    authorization: {},
    field: { token: ({ headers }) => headers.get('X-Token') ?? undefined },
    throws: { token: fail },
  },
  origins: { own: {}, any: { origins: '*' }, listed: { origins: [APP] } },
  getStream: { on: {}, off: { getStream: false } },
  metadataUrl: { derived: {}, below: { metadataUrl: `${RESOURCE}/metadata` } },
} as const satisfies {
  readonly [Name in keyof Case]?: Readonly<
    Record<Case[Name], Partial<ProtectedResourceOptions<string>>>
  >
}

/** Without functions that record: the test adds them. */
export function optionsOf(each: Case, material: Material): ProtectedResourceOptions<string> {
  const names = Object.keys(BY_OPTION) as (keyof typeof BY_OPTION)[]
  const parts = names.map((name) => (BY_OPTION[name] as Record<string, object>)[each[name]])
  const second = each.servers === 'two' ? [{ issuer: SECOND_ISSUER, advertised: false }] : []
  return Object.assign(
    {
      resource: RESOURCE,
      authorizationServers: [serverOf(each, material), ...second],
      fetch: fetchFor(each, material),
      now: () => START,
    },
    ...parts,
  )
}

const BY_SERVER = {
  missingAudience: { rejected: {}, accepted: { dangerouslyAllowMissingAudience: true } },
  claims: {
    usual: {},
    named: { claims: { scope: 'permissions', subject: 'uid', clientId: ['app'] } },
  },
  mapClaims: {
    none: {},
    adds: { mapClaims: (claims) => ({ ...claims, scope: `${claims['scope'] ?? ''} write` }) },
    rejects: { mapClaims: () => null },
    throws: { mapClaims: fail },
  },
  issuers: {
    one: {},
    alias: { tokenIssuers: [ALIAS] },
    template: templateThat(['t1']),
    function: templateThat((tenant) => tenant === 't1'),
    throws: templateThat(fail),
  },
} as const satisfies {
  readonly [Name in keyof Case]?: Readonly<Record<Case[Name], Partial<AuthorizationServerOptions>>>
}

function templateThat(
  allow: readonly string[] | ((tenant: string) => boolean),
): Partial<AuthorizationServerOptions> {
  return { issuerTemplate: { pattern: `${ISSUER}/{tenant}`, claim: 'tid', allow } }
}

function serverOf(each: Case, material: Material): AuthorizationServerOptions {
  const { format, maxAge, requiredClaims } = each
  const jwt = {
    kind: 'jwt' as const,
    ...(format === 'rfc9068' ? { profile: 'rfc9068' as const } : {}),
    ...(maxAge === 'minute' ? { maxTokenAgeSeconds: 60 } : {}),
    ...(requiredClaims === 'none'
      ? {}
      : { requiredClaims: requiredClaims === 'empty' ? [] : ['tenant'] }),
  }
  const custom = {
    kind: 'custom' as const,
    verify: async (text: string) => (text === 'broken' ? fail() : describe(material, text)),
  }
  const introspection = { kind: 'introspection' as const, clientId: 'rs', clientSecret: 'secret' }
  const names = Object.keys(BY_SERVER) as (keyof typeof BY_SERVER)[]
  const parts = names.map((name) => (BY_SERVER[name] as Record<string, object>)[each[name]])
  return Object.assign(
    {
      issuer: ISSUER,
      accessToken: { jwt, rfc9068: jwt, withCustom: [jwt, custom], custom, introspection }[format],
      ...(each.documents === 'given' ? { jwks: { keys: [material.key.jwk] } } : {}),
    },
    ...parts,
  )
}
