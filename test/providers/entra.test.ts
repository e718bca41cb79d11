/** The presets for Entra: scopes under one name everywhere, and the clouds. */

import { beforeAll, describe, expect, it } from 'vitest'
import {
  type AuthorizationServerOptions,
  authenticate,
  ConfigError,
  protectedResource,
} from '../../src/index.ts'
import { entra, entraMultiTenant } from '../../src/providers/index.ts'
import { START } from '../support/clock.ts'
import { createKey, type SigningKey, sign } from '../support/issuer.ts'
import { createScene, expectAccepted, expectRejected, type Scene } from '../support/scene.ts'

const RESOURCE = 'https://api.example.com/mcp'
const METADATA_URL = 'https://api.example.com/.well-known/oauth-protected-resource/mcp'
const TENANT = '11111111-2222-3333-4444-555555555555'
const OTHER = '99999999-2222-3333-4444-555555555555'
const API = '66666666-7777-8888-9999-000000000000'
const READ = `${RESOURCE}/notes.read`
const DELETE = `${RESOURCE}/notes.delete`
const api = { tenantId: TENANT, clientId: API, scopePrefix: RESOURCE }

let key: SigningKey

beforeAll(async () => {
  key = await createKey('k1', 'RS256')
})

type Claims = Readonly<Record<string, unknown>>

function token(issuer: string, claims: Claims = {}): Promise<string> {
  const all = {
    ...{ iss: issuer, aud: API, tid: TENANT, oid: 'user-1', sub: 'pairwise', azp: 'client-1' },
    ...{ scp: 'notes.read', ver: '2.0', iat: START, nbf: START, exp: START + 3600, ...claims },
  }
  return sign(all, { header: { typ: 'JWT' } }, key)
}

/** A resource whose one server is a cloud that serves exactly these documents. */
async function cloud(
  server: AuthorizationServerOptions,
  documents: Readonly<Record<string, unknown>>,
  options: object = {},
): Promise<Scene> {
  return createScene({
    resource: RESOURCE,
    authorizationServers: [server],
    fetch: async (url: string) =>
      url in documents ? Response.json(documents[url]) : new Response(null, { status: 404 }),
    ...options,
  })
}

function documentsOf(issuer: string, place: string, keyIssuer?: string): Record<string, unknown> {
  const { jwk } = key
  const { alg: _, ...withoutAlgorithm } = jwk
  const keys = [{ ...withoutAlgorithm, ...(keyIssuer === undefined ? {} : { issuer: keyIssuer }) }]
  return {
    [`${place}/.well-known/openid-configuration`]: { issuer, jwks_uri: `${place}/keys` },
    [`${place}/keys`]: { keys },
  }
}

const PUBLIC = `https://login.microsoftonline.com/${TENANT}/v2.0`

describe('entra() with GUIDs in upper case', () => {
  it('accepts tokens, which name the API and the tenant in lower case', async () => {
    const tenantId = 'ABCDEF01-2222-3333-4444-555555555555'
    const clientId = 'FEDCBA01-7777-8888-9999-000000000000'
    const tid = tenantId.toLowerCase()
    const issuer = `https://login.microsoftonline.com/${tid}/v2.0`
    const place = await cloud(entra({ tenantId, clientId }), documentsOf(issuer, issuer))
    for (const aud of [clientId.toLowerCase(), `api://${clientId.toLowerCase()}`]) {
      await expectAccepted(place, place.ask(`Bearer ${await token(issuer, { tid, aud })}`))
    }
  })
})

describe('the tenant that a token names', () => {
  const hosts = 'https://login.microsoftonline.com'
  const template = `${hosts}/{tenantid}/v2.0`

  it.each<[string, AuthorizationServerOptions, string, Claims]>([
    ['of another tenant', entra({ tenantId: TENANT, clientId: API }), TENANT, { tid: OTHER }],
    ['in a list', entra({ tenantId: TENANT, clientId: API }), TENANT, { tid: [TENANT] }],
    ['that is missing', entra({ tenantId: TENANT, clientId: API }), TENANT, { tid: undefined }],
    [
      'that is the authority',
      entraMultiTenant({ clientId: API, allow: [TENANT] }),
      'organizations',
      { tid: 'organizations' },
    ],
    [
      'beside the issuer of the authority',
      entraMultiTenant({ clientId: API, allow: () => true, authority: 'common' }),
      'common',
      {},
    ],
  ])('a tid %s is rejected, although the issuer is the configured one', async (...row) => {
    const [, server, name, claims] = row
    const issuer = `${hosts}/${name}/v2.0`
    const documents = documentsOf(name === TENANT ? issuer : template, issuer, template)
    const place = await cloud(server, documents)
    await expectRejected(place, place.ask(`Bearer ${await token(issuer, claims)}`), {
      ...{ status: 401, error: 'invalid_token', code: 'token_claims' },
      resourceMetadata: METADATA_URL,
    })
  })
})

describe('entra() with scopePrefix', () => {
  const scene = (options: object = {}, more: Partial<Parameters<typeof entra>[0]> = {}) =>
    cloud(
      entra({ ...api, ...more }),
      documentsOf(PUBLIC, PUBLIC, 'https://login.microsoftonline.com/{tenantid}/v2.0'),
      {
        requiredScopes: [READ],
        scopesSupported: [READ],
        operations: { 'tools/call delete_note': [DELETE] },
        ...options,
      },
    )
  const call = (name: string) => ({
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } }),
    headers: { 'Content-Type': 'application/json' },
  })

  it('names the same long scopes in metadata, 401, 403 and contexts', async () => {
    const place = await scene()
    expect(place.resource.metadata['scopes_supported']).toEqual([READ])
    await expectRejected(place, place.ask(), {
      ...{ status: 401, code: 'credentials_missing', scope: READ },
      resourceMetadata: METADATA_URL,
    })
    const bearer = `Bearer ${await token(PUBLIC)}`
    const auth = await expectAccepted(place, place.ask(bearer, call('read_note')))
    expect(auth.scopes).toEqual([READ])
    expect(auth.claims['scp']).toBe('notes.read')
    expect((auth.extra['claims'] as Claims)['scp']).toBe('notes.read')
    await expectRejected(place, place.ask(bearer, call('delete_note')), {
      ...{ status: 403, error: 'insufficient_scope', code: 'scope_insufficient' },
      ...{ scope: `${READ} ${DELETE}`, resourceMetadata: METADATA_URL },
    })
    expect(place.events.at(-1)).toMatchObject({ expected: [READ, DELETE], received: [READ] })
    const both = `Bearer ${await token(PUBLIC, { scp: 'notes.delete notes.read' })}`
    const more = await expectAccepted(place, place.ask(both, call('delete_note')))
    expect(more.scopes).toEqual([DELETE, READ])
  })

  it('adds the prefix once, with or without a final slash', async () => {
    for (const scopePrefix of [RESOURCE, `${RESOURCE}/`]) {
      const place = await scene({}, { scopePrefix })
      const long = { scp: `${READ} notes.read notes.write` }
      const auth = await expectAccepted(
        place,
        place.ask(`Bearer ${await token(PUBLIC, long)}`, call('x')),
      )
      expect(auth.scopes).toEqual([READ, `${RESOURCE}/notes.write`])
    }
  })

  it('leaves app roles as they are', async () => {
    const operations = { 'tools/call x': { anyOf: [READ, 'Notes.Read.All'] } }
    const place = await scene({ operations, requiredScopes: [] }, { appRoles: true })
    const claims = { scp: undefined, roles: ['Notes.Read.All', 'notes.read'] }
    const auth = await expectAccepted(
      place,
      place.ask(`Bearer ${await token(PUBLIC, claims)}`, call('x')),
    )
    expect(auth.scopes).toEqual(['Notes.Read.All', 'notes.read'])
    const mixed = { scp: 'notes.read', roles: ['Notes.Read.All'] }
    const user = await expectAccepted(
      place,
      place.ask(`Bearer ${await token(PUBLIC, mixed)}`, call('x')),
    )
    expect(user.scopes).toEqual([READ, 'Notes.Read.All'])
  })

  it('follows the hierarchy of long scopes', async () => {
    const place = await scene({ scopeHierarchy: { [DELETE]: [READ] } })
    const bearer = `Bearer ${await token(PUBLIC, { scp: 'notes.delete' })}`
    expect((await expectAccepted(place, place.ask(bearer, call('x')))).scopes).toEqual([
      DELETE,
      READ,
    ])
  })

  it('rejects a required scope without the prefix when the resource is made', () => {
    const make = () =>
      protectedResource({
        resource: RESOURCE,
        authorizationServers: [entra(api)],
        requiredScopes: ['notes.read'],
      })
    expect(make).toThrow(ConfigError)
    expect(make).toThrow(/requiredScopes\[0\].*claims\.scopePrefix/)
  })

  it('is read by introspection and custom verification, too', async () => {
    const claims = { ...{ aud: RESOURCE, scope: 'notes.read', exp: START + 60 }, sub: 'u' }
    const place = await createScene({
      resource: RESOURCE,
      requiredScopes: [READ],
      server: {
        claims: { scopePrefix: RESOURCE },
        accessToken: { kind: 'custom', verify: async () => claims },
      },
    })
    expect((await expectAccepted(place, place.ask('Bearer opaque'))).scopes).toEqual([READ])
  })
})

interface CloudRow {
  readonly cloud: Parameters<typeof entra>[0]['cloud']
  readonly issuer: string
  readonly place: string
  /** The issuer of v1 tokens. */
  readonly v1?: string
  readonly keyIssuer: string
}

const CLOUDS: readonly CloudRow[] = [
  {
    ...{ cloud: undefined, issuer: PUBLIC, place: PUBLIC },
    v1: `https://sts.windows.net/${TENANT}/`,
    keyIssuer: 'https://login.microsoftonline.com/{tenantid}/v2.0',
  },
  {
    ...{ cloud: 'public', issuer: PUBLIC, place: PUBLIC },
    v1: `https://sts.windows.net/${TENANT}/`,
    keyIssuer: PUBLIC,
  },
  {
    cloud: 'us',
    issuer: `https://login.microsoftonline.us/${TENANT}/v2.0`,
    place: `https://login.microsoftonline.us/${TENANT}/v2.0`,
    v1: `https://sts.windows.net/${TENANT}/`,
    keyIssuer: 'https://login.microsoftonline.us/{tenantid}/v2.0',
  },
  {
    cloud: 'china',
    issuer: `https://login.partner.microsoftonline.cn/${TENANT}/v2.0`,
    place: `https://login.partner.microsoftonline.cn/${TENANT}/v2.0`,
    v1: `https://sts.chinacloudapi.cn/${TENANT}/`,
    keyIssuer: 'https://login.partner.microsoftonline.cn/{tenantid}/v2.0',
  },
  {
    cloud: { external: 'contoso' },
    issuer: `https://${TENANT}.ciamlogin.com/${TENANT}/v2.0`,
    place: `https://contoso.ciamlogin.com/${TENANT}/v2.0`,
    keyIssuer: 'https://login.microsoftonline.com/{tenantid}/v2.0',
  },
]

describe.each(CLOUDS)('entra() in the cloud $cloud', ({ issuer, place, v1, keyIssuer, ...row }) => {
  const server = () => entra({ tenantId: TENANT, clientId: API, cloud: row.cloud })
  const scene = (keysOf: string) => cloud(server(), documentsOf(issuer, place, keysOf))

  it('publishes its issuer and accepts its tokens', async () => {
    const at = await scene(keyIssuer)
    expect(at.resource.metadata.authorization_servers).toEqual([issuer])
    for (const iss of [issuer, ...(v1 === undefined ? [] : [v1])]) {
      const auth = await expectAccepted(at, at.ask(`Bearer ${await token(iss)}`))
      expect(auth).toMatchObject({ issuer: iss, subject: 'user-1', clientId: 'client-1' })
    }
  })

  it('rejects tokens of other tenants, clouds and registrations', async () => {
    const at = await scene(keyIssuer)
    const foreign = CLOUDS.flatMap((each) => [each.issuer, each.v1 ?? each.issuer])
    const wrong = [
      ...foreign.filter((iss) => iss !== issuer && iss !== v1),
      issuer.replaceAll(TENANT, OTHER),
    ]
    for (const iss of wrong) {
      const tid = iss.includes(OTHER) ? OTHER : TENANT
      await expectRejected(at, at.ask(`Bearer ${await token(iss, { tid })}`), {
        ...{ status: 401, error: 'invalid_token', code: 'token_issuer' },
        resourceMetadata: METADATA_URL,
      })
    }
    const response = await at.ask(`Bearer ${await token(issuer, { aud: OTHER })}`)
    expect(response.status).toBe(401)
  })

  it('compares the issuer of a key, except in External ID', async () => {
    const at = await scene('https://login.example/{tenantid}/v2.0')
    const response = await at.ask(`Bearer ${await token(issuer)}`)
    expect(response.status).toBe(typeof row.cloud === 'object' ? 200 : 401)
  })

  it('cannot be spread with the issuer of another cloud or tenant', () => {
    const others = CLOUDS.map((each) => each.issuer).filter((each) => each !== issuer)
    const wrong = [
      ...others,
      issuer.replaceAll(TENANT, OTHER),
      issuer.replace('/v2.0', ''),
      'https://login.microsoftonline.com/organizations/v2.0',
    ]
    for (const changed of wrong) {
      const make = () =>
        protectedResource({
          resource: RESOURCE,
          authorizationServers: [{ ...server(), issuer: changed }],
        })
      expect(make, changed).toThrow(ConfigError)
      expect(make, changed).toThrow(/authorizationServers\[0\]\.issuer: .*issuerTemplate/)
    }
  })
})

describe('entraMultiTenant() in a cloud', () => {
  const ROWS = [
    ['public', 'https://login.microsoftonline.com/organizations/v2.0', PUBLIC],
    ['us', 'https://login.microsoftonline.us/organizations/v2.0', CLOUDS[2]?.issuer],
    ['china', 'https://login.partner.microsoftonline.cn/organizations/v2.0', CLOUDS[3]?.issuer],
    [
      { external: 'contoso' },
      'https://contoso.ciamlogin.com/organizations/v2.0',
      CLOUDS[4]?.issuer,
    ],
  ] as const

  it.each(ROWS)('accepts the allowed tenants of %j', async (name, issuer, tokenIssuer = '') => {
    const template = tokenIssuer.replaceAll(TENANT, '{tenantid}')
    const documents = documentsOf(template, issuer, template)
    const server = entraMultiTenant({
      ...{ clientId: API, cloud: name, allow: [TENANT], scopePrefix: RESOURCE },
    })
    const at = await cloud(server, documents, { requiredScopes: [READ] })
    expect(at.resource.metadata.authorization_servers).toEqual([issuer])
    const auth = await expectAccepted(at, at.ask(`Bearer ${await token(tokenIssuer)}`))
    expect(auth.scopes).toEqual([READ])
    for (const [iss, tid] of [
      [tokenIssuer.replaceAll(TENANT, OTHER), OTHER],
      [tokenIssuer.replace(TENANT, OTHER), TENANT],
      [tokenIssuer, OTHER],
    ] as const) {
      const bearer = `Bearer ${await token(iss, { tid })}`
      const request = new Request(RESOURCE, { method: 'POST', headers: { Authorization: bearer } })
      const response = await authenticate(request, at.resource)
      expect({ iss, tid, ok: response.ok }).toEqual({ iss, tid, ok: false })
    }
  })

  it('cannot be spread with the issuer of another cloud', () => {
    const server = entraMultiTenant({ clientId: API, allow: [TENANT] })
    for (const issuer of [
      'https://login.microsoftonline.us/organizations/v2.0',
      'https://a.example',
    ]) {
      const make = () =>
        protectedResource({ resource: RESOURCE, authorizationServers: [{ ...server, issuer }] })
      expect(make).toThrow(/authorizationServers\[0\]\.issuer: .*issuerTemplate/)
    }
  })
})

it.each([
  'germany',
  { external: 'a.b' },
  { external: '' },
  { external: undefined },
  { external: 'undefined' },
  { external: 'a/b' },
  { external: 'contoso', other: 1 },
  {},
  null,
  5,
])('entra() rejects the cloud %j', (name) => {
  expect(() => entra({ ...api, cloud: name as 'us' })).toThrow(/entra\.cloud/)
})
