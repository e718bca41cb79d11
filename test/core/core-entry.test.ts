/** The core entry: what is not plugged in is rejected, with a warning; an option that is not a value is a mistake. */

import { describe, expect, it } from 'vitest'
import { messageSignatures } from '../../examples/recipes/message-signatures.ts'
import {
  type AuditRecord,
  type AuthEvent,
  audit,
  ConfigError,
  type CoreResourceOptions,
  custom,
  dpop,
  type Feature,
  introspection,
  mtls,
  operations,
  protect,
  protectedResource,
  revocation,
  sessions,
} from '../../src/core.ts'
import { createClock, START } from '../support/clock.ts'
import { problemPairs } from '../support/config-problems.ts'
import { boundToken, createHolder, prove } from '../support/holder.ts'
import { createIssuer, ISSUER, METADATA_URL, RESOURCE } from '../support/issuer.ts'
import { expectRejection } from '../support/rejection.ts'

async function setUp(options: Partial<CoreResourceOptions> = {}) {
  const issuer = await createIssuer()
  const events: AuthEvent[] = []
  let runs = 0
  const resource = protectedResource({
    resource: RESOURCE,
    authorizationServers: [ISSUER],
    fetch: issuer.fetch,
    now: createClock().now,
    onEvent: (event) => events.push(event),
    ...options,
  })
  const handle = protect(resource, (_request, auth) => {
    runs += 1
    return Response.json({ subject: auth.subject })
  })
  const send = (headers: Record<string, string>, method = 'POST') =>
    handle(new Request(RESOURCE, { method, headers }))
  const warnings = () => events.filter(({ type }) => type === 'warning')
  const refused = () => events.flatMap((each) => (each.type === 'refused' ? [each.code] : []))
  return { issuer, resource, send, events, warnings, refused, runs: () => runs }
}

function problemsOf(options: object): [string, string][] {
  const create = () =>
    protectedResource({ resource: RESOURCE, authorizationServers: [ISSUER], ...options })
  return problemPairs(create)
}

describe('without features', () => {
  it('accepts a JWT, reads no body and names no binding in its metadata', async () => {
    const { issuer, resource, send, events } = await setUp()
    const response = await send({ Authorization: `Bearer ${await issuer.token()}` })
    expect([response.status, await response.json()]).toEqual([200, { subject: 'user-1' }])
    expect(resource.metadata).toEqual({
      resource: RESOURCE,
      authorization_servers: [ISSUER],
      bearer_methods_supported: ['header'],
    })
    expect(events.map(({ type }) => type)).toContain('accepted')
  })

  it.each([
    ['jkt', 'dpop', '{ dpop }'],
    ['x5t#S256', 'mtls', '{ mtls }'],
  ])('rejects a token bound by %s, and one warning names %s', async (method, path, value) => {
    const { issuer, send, warnings, refused, runs } = await setUp()
    const token = await issuer.token({ cnf: { [method]: 'a'.repeat(43) } })
    for (let count = 0; count < 2; count += 1) {
      await expectRejection(await send({ Authorization: `Bearer ${token}` }), {
        status: 401,
        error: 'invalid_token',
        resourceMetadata: METADATA_URL,
      })
    }
    expect(refused()).toEqual(['binding_unsupported', 'binding_unsupported'])
    const message = expect.stringContaining(`import ${value} from 'mcp-gatehouse/core'`)
    expect(warnings()).toEqual([{ type: 'warning', path, message }])
    expect(runs()).toBe(0)
  })

  it('counts the scheme DPoP as no credentials, and the warning names dpop', async () => {
    const { issuer, send, warnings, refused, runs } = await setUp()
    const holder = await createHolder()
    const headers = await prove(holder, await boundToken(issuer, holder))
    await expectRejection(await send(headers), { status: 401, resourceMetadata: METADATA_URL })
    expect(refused()).toEqual(['credentials_missing'])
    expect(warnings()).toMatchObject([{ path: 'dpop' }])
    expect(runs()).toBe(0)
  })

  it('rejects a token that is not a JWT, and one warning names introspection and custom', async () => {
    const { send, warnings, refused, runs } = await setUp()
    for (const token of ['opaque-1', 'opaque-2']) {
      await expectRejection(await send({ Authorization: `Bearer ${token}` }), {
        status: 401,
        error: 'invalid_token',
        resourceMetadata: METADATA_URL,
      })
    }
    expect(refused()).toEqual(['token_malformed', 'token_malformed'])
    const message = expect.stringContaining(
      "import { introspection } or { custom } from 'mcp-gatehouse/core'",
    )
    expect(warnings()).toEqual([{ type: 'warning', path: 'accessToken', message }])
    expect(runs()).toBe(0)
  })
})

describe('with features', () => {
  it('accepts a bound token with its proof, and challenges with both schemes', async () => {
    const { issuer, resource, send, refused } = await setUp({ dpop: dpop({ replay: false }) })
    const holder = await createHolder()
    const token = await boundToken(issuer, holder)
    expect((await send(await prove(holder, token))).status).toBe(200)
    expect((await send({})).headers.get('WWW-Authenticate')).toMatch(/^Bearer .*, DPoP algs="/)
    expect(refused()).toEqual(['credentials_missing'])
    expect(resource.metadata).toHaveProperty('dpop_signing_alg_values_supported')
  })

  it('accepts opaque tokens by a function, beside JWTs', async () => {
    const verify = async (token: string) =>
      token === 'opaque' ? { sub: 'user-2', aud: RESOURCE, exp: START + 60 } : null
    const { issuer, send } = await setUp({
      authorizationServers: [{ issuer: ISSUER, accessToken: ['jwt', custom({ verify })] }],
    })
    const opaque = await send({ Authorization: 'Bearer opaque' })
    expect(await opaque.json()).toEqual({ subject: 'user-2' })
    expect((await send({ Authorization: `Bearer ${await issuer.token()}` })).status).toBe(200)
  })

  it('rejects revoked tokens, and writes a record for each decision', async () => {
    const records: AuditRecord[] = []
    const revoked = new Set<string>()
    const { issuer, send, runs } = await setUp({
      audit: audit((record) => void records.push(record)),
      revocation: revocation({ isRevoked: ({ tokenId = '' }) => revoked.has(tokenId) }),
    })
    const headers = { Authorization: `Bearer ${await issuer.token()}` }
    for (let time = 0; time < 2; time++) expect((await send(headers)).status).toBe(200)
    revoked.add('token-1')
    await expectRejection(await send(headers), {
      status: 401,
      error: 'invalid_token',
      resourceMetadata: METADATA_URL,
    })
    expect(records.map(({ code, subject }) => [code, subject])).toEqual([
      [undefined, 'user-1'],
      [undefined, 'user-1'],
      ['token_revoked', 'user-1'],
    ])
    expect(runs()).toBe(2)
  })

  it('needs a certificate from the host where mtls is required', () => {
    const options = { resource: RESOURCE, authorizationServers: [ISSUER] }
    expect(protectedResource({ ...options, mtls: mtls({ required: true }) })).toMatchObject({
      requiresCertificate: true,
      metadata: { tls_client_certificate_bound_access_tokens: true },
    })
    expect(protectedResource(options).requiresCertificate).toBe(false)
  })

  it('reports the mistakes of all values at once, by the paths of the main entry', () => {
    const found = problemsOf({
      dpop: dpop({ windowSeconds: 5000 }),
      operations: operations({ 'tool/call': [] } as never, { maxBodyBytes: -1 }),
      revocation: revocation({}),
      sessions: sessions({ secret: 'short' }),
      audit: audit({} as never),
      authorizationServers: [
        { issuer: ISSUER, accessToken: introspection({ clientId: 'rs', endpoint: 'x' } as never) },
      ],
    })
    expect(found.map(([path]) => path)).toEqual([
      'audit',
      'maxBodyBytes',
      'authorizationServers[0].accessToken.endpoint',
      'authorizationServers[0].accessToken.clientSecret',
      "operations['tool/call']",
      'dpop.windowSeconds',
      'revocation',
      'sessions.secret',
    ])
  })
})

describe('an option of the main entry', () => {
  it.each([
    ['dpop', true, 'dpop()'],
    ['dpop', false, 'dpop()'],
    ['dpop', { required: true }, 'dpop()'],
    ['dpop', mtls(), 'dpop()'],
    ['mtls', true, 'mtls()'],
    ['operations', { '*': ['read'] }, 'operations(policy)'],
    ['operations', () => 'public', 'operations(policy)'],
    ['maxBodyBytes', 1000, 'operations(policy, { maxBodyBytes })'],
    ['customMethods', ['a/b'], 'operations(policy, { customMethods })'],
    ['decisionMode', 'report', 'operations(policy, { decisionMode })'],
    ['revocation', { statusList: true }, 'revocation(options)'],
    ['sessions', { secret: 'x'.repeat(32) }, 'sessions({ secret })'],
    ['audit', () => {}, 'audit(write)'],
  ])('%s: %j is a mistake that names the import', (name, value, call) => {
    const message = expect.stringMatching(
      /^expected .* \(import \{ \w+ \} from 'mcp-gatehouse\/core'\), found /,
    )
    const problems = problemsOf({ [name]: value })
    expect(problems).toEqual([[name, message]])
    expect(problems[0]?.[1]).toContain(`expected ${call} (import`)
  })

  it.each(['introspection', 'custom'])('the kind %s is a mistake, too', (kind) => {
    const server = { issuer: ISSUER, accessToken: ['jwt', { kind, clientId: 'rs' }] }
    expect(problemsOf({ authorizationServers: [server] })).toEqual([
      [
        'authorizationServers[0].accessToken[1]',
        `expected ${kind}(options) (import { ${kind} } from 'mcp-gatehouse/core'), found an object`,
      ],
    ])
  })

  it.each([
    ['operations', operations(undefined as never)],
    ['operations', operations(false as never)],
    ['revocation', revocation(undefined as never)],
    ['sessions', sessions(undefined as never)],
    ['audit', audit(undefined as never)],
    ['dpop', dpop(false as never)],
    ['mtls', mtls(null as never)],
  ])('%s without options does not switch the feature off', (name, value) => {
    const [[path, message] = []] = problemsOf({ [name]: value })
    expect([path, message]).toEqual([name, expect.stringMatching(/^expected .*, found null$/)])
  })

  it.each([undefined, null, 'text'])('%j instead of all options is a mistake', (options) => {
    expect(() => protectedResource(options as never)).toThrow(ConfigError)
  })

  it('reads own members only', () => {
    const inherited = Object.create({ dpop: dpop(), features: [messageSignatures()] })
    const options = { resource: RESOURCE, authorizationServers: [ISSUER] }
    const { metadata } = protectedResource(Object.assign(inherited, options))
    expect(Object.keys(metadata)).not.toContain('dpop_signing_alg_values_supported')
  })
})

describe('a feature of the application, message signatures', () => {
  const SIGNED = '("@method" "@target-uri" "authorization")'

  async function signed(change: { created?: number; method?: string } = {}) {
    const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign'])) as CryptoKeyPair
    const { kty, crv, x } = await crypto.subtle.exportKey('jwk', pair.publicKey)
    const scene = await setUp({ features: [messageSignatures()] })
    const authorization = `Bearer ${await scene.issuer.token({ cnf: { jwk: { kty, crv, x } } })}`
    const input = `${SIGNED};created=${change.created ?? START}`
    const base = [
      `"@method": ${change.method ?? 'POST'}`,
      `"@target-uri": ${RESOURCE}`,
      `"authorization": ${authorization}`,
      `"@signature-params": ${input}`,
    ].join('\n')
    const bytes = await crypto.subtle.sign(
      'Ed25519',
      pair.privateKey,
      new TextEncoder().encode(base),
    )
    const signature = `sig=:${Buffer.from(bytes).toString('base64')}:`
    const headers = { Authorization: authorization, 'Signature-Input': `sig=${input}` }
    return { ...scene, headers: { ...headers, Signature: signature } }
  }

  it('accepts a signed request, and the metadata names the feature', async () => {
    const { send, headers, resource, runs } = await signed()
    expect((await send(headers)).status).toBe(200)
    expect(runs()).toBe(1)
    expect(resource.metadata).toMatchObject({ message_signatures_supported: true })
  })

  it.each([
    ['of another method', { method: 'GET' }, {}, 'binding_mismatch'],
    ['of two minutes ago', { created: START - 120 }, {}, 'binding_mismatch'],
    ['that is missing', {}, { Signature: '' }, 'binding_missing'],
    ['without its input', {}, { 'Signature-Input': '' }, 'binding_missing'],
  ])('rejects a signature %s', async (_what, change, headers, code) => {
    const scene = await signed(change)
    await expectRejection(await scene.send({ ...scene.headers, ...headers }), {
      status: 401,
      error: 'invalid_token',
      resourceMetadata: METADATA_URL,
    })
    expect(scene.refused()).toEqual([code])
    expect(scene.runs()).toBe(0)
  })

  it('rejects the token where the feature is not plugged in', async () => {
    const { issuer, send, refused, runs } = await setUp()
    const token = await issuer.token({ cnf: { jwk: { kty: 'OKP' } } })
    const { status } = await send({ Authorization: `Bearer ${token}` })
    expect([status, refused(), runs()]).toEqual([401, ['binding_unsupported'], 0])
  })

  it.each([
    ['two of one name', [messageSignatures(), messageSignatures()]],
    ['one of the name of a member', [dpop()]],
    ['something else', [{ kind: 'binding' }]],
    ['no list', messageSignatures()],
  ])('is a mistake as %s', (_what, features) => {
    const [[path] = []] = problemsOf({
      dpop: dpop({ replay: false }),
      features: features as Feature[],
    })
    expect(path).toBe('features')
  })
})
