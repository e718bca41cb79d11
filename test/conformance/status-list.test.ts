/** The option `revocation.statusList`: tokens with a status list. */

import { randomBytes } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { AuthError, type DocumentEvent } from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { activeAnswer, createOpaqueScene } from '../support/introspection.ts'
import { createKey, ISSUER } from '../support/issuer.ts'
import {
  bearer,
  createScene,
  expectAccepted,
  expectFault,
  expectRejected,
  invalidToken,
  type Scene,
  type SceneOptions,
} from '../support/scene.ts'
import { LIST, type ListChanges, listToken, publish, statusAt } from '../support/status-list.ts'

const REVOKED = invalidToken('token_revoked')

/** On a busy machine, a list may take longer than the 500 ms of the default. */
const LISTS = { statusList: true, timeoutMs: 60_000 }

function setUp(options: SceneOptions = {}): Promise<Scene> {
  return createScene({ revocation: LISTS, ...options })
}

async function askAt(scene: Scene, idx: unknown, uri: unknown = LIST): Promise<Response> {
  return scene.ask(`Bearer ${await scene.issuer.token(statusAt(idx, uri))}`)
}

function requestsOf({ issuer }: Scene, uri: string = LIST): number {
  return issuer.requests.filter((url) => url === uri).length
}

describe('a token with a status', () => {
  it('passes while its status is VALID, and every other status is revoked', async () => {
    const scene = await setUp()
    await publish(scene.issuer, [0, 1, 2, 3, 0], { bits: 2 })
    await expectAccepted(scene, askAt(scene, 0))
    for (const idx of [1, 2, 3]) await expectRejected(scene, askAt(scene, idx), REVOKED)
    await expectAccepted(scene, askAt(scene, 4))
    expect(requestsOf(scene)).toBe(1)
  })

  it('beyond the end of its list shares one fetch of the list with others', async () => {
    const scene = await setUp()
    await publish(scene.issuer, Array(8).fill(0))
    await expectAccepted(scene, askAt(scene, 0))
    scene.clock.advance(16)
    await publish(scene.issuer, Array(64).fill(0))
    const asked = Array.from({ length: 20 }, (_, index) => askAt(scene, 20 + index))
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect(requestsOf(scene)).toBe(2)
  })

  it('is looked up at every request, cached or not, and the list is fetched again after its time', async () => {
    const scene = await setUp()
    await publish(scene.issuer, [0])
    const token = await scene.issuer.token(statusAt(0))
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    await publish(scene.issuer, [1])
    scene.clock.advance(200)
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    expect(scene.events.at(-1)).toMatchObject({ type: 'accepted', cached: true })
    scene.clock.advance(100)
    await expectRejected(scene, scene.ask(`Bearer ${token}`), REVOKED)
    expect(requestsOf(scene)).toBe(2)
  })

  it.each<[string, Record<string, unknown>, number]>([
    ['ttl', { ttl: 30 }, 30],
    ['exp', { exp: START + 40 }, 40],
    ['the earlier of both', { ttl: 50, exp: START + 20 }, 20],
    ['300 s', { ttl: 86_400, exp: START + 86_400 }, 300],
    ['300 s without both', { ttl: undefined }, 300],
    ['a fraction of a second', { ttl: 0.5 }, 0.5],
    ['no time at all', { ttl: 0 }, 0],
  ])('the list is kept for %s', async (_, claims, seconds) => {
    const scene = await setUp()
    await publish(scene.issuer, [0], { claims })
    await expectAccepted(scene, askAt(scene, 0))
    await publish(scene.issuer, [1], { claims: { exp: START + 9999 } })
    if (seconds > 0) {
      scene.clock.advance(seconds * 0.8)
      await expectAccepted(scene, askAt(scene, 0))
      scene.clock.advance(seconds * 0.2)
    }
    await expectRejected(scene, askAt(scene, 0), REVOKED)
  })

  it('is decided by the latest list, although an older one is delivered after it, until the latest expires', async () => {
    const scene = await setUp()
    const times = { ttl: 100, exp: START + 250 }
    await publish(scene.issuer, [1], { claims: times })
    await expectRejected(scene, askAt(scene, 0), REVOKED)
    await publish(scene.issuer, [0], { claims: { ttl: 100, iat: START - 1 } })
    for (const requests of [2, 3]) {
      scene.clock.advance(100)
      await expectRejected(scene, askAt(scene, 0), REVOKED)
      expect(requestsOf(scene)).toBe(requests)
    }
    // Also ahead of the next refresh, the latest list does not outlive its own time.
    scene.clock.advance(50)
    await expectAccepted(scene, askAt(scene, 0))
    await publish(scene.issuer, [1], { claims: { iat: START - 1 } })
    scene.clock.advance(100)
    await expectRejected(scene, askAt(scene, 0), REVOKED)
  })

  it('finds the list of a server that has moved, under each name of the server and no other', async () => {
    const former = 'https://former.example'
    const scene = await setUp({ server: { tokenIssuers: [former] } })
    await publish(scene.issuer, [0, 1], { claims: { iss: ISSUER } })
    const askAs = async (iss: string, idx: number): Promise<Response> =>
      scene.ask(`Bearer ${await scene.issuer.token({ iss, ...statusAt(idx) })}`)
    for (const iss of [ISSUER, former]) {
      await expectAccepted(scene, askAs(iss, 0))
      await expectRejected(scene, askAs(iss, 1), REVOKED)
    }
    const other = await setUp({ server: { tokenIssuers: [former] } })
    await publish(other.issuer, [0], { claims: { iss: 'https://other.example' } })
    await expectFault(other, askAt(other, 0), 'unavailable')
  })

  it('finds the list of its own tenant, signed with a key of that tenant, and of no other', async () => {
    const tenants = await Promise.all(
      ['t1', 't2'].map(async (tid) => ({
        tid,
        iss: `${ISSUER}/${tid}`,
        key: await createKey(tid),
      })),
    )
    const keys = tenants.map(({ iss, key }) => ({ ...key.jwk, issuer: iss }))
    const issuerTemplate = { pattern: `${ISSUER}/{t}`, claim: 'tid', allow: ['t1', 't2'] }
    for (const named of [...tenants, undefined]) {
      for (const signer of tenants) {
        const scene = await setUp({ server: { issuerTemplate, jwks: { keys } } })
        const claims = named === undefined ? {} : { iss: named.iss }
        await publish(scene.issuer, [0, 1], { claims, key: signer.key })
        for (const { tid, iss, key } of tenants) {
          const ask = async (idx: number) => {
            const token = await scene.issuer.token({ iss, tid, ...statusAt(idx) }, { key })
            return scene.ask(`Bearer ${token}`)
          }
          if (tid === signer.tid && (named ?? signer) === signer) {
            await expectAccepted(scene, ask(0))
            await expectRejected(scene, ask(1), REVOKED)
          } else await expectFault(scene, ask(0), 'unavailable')
        }
      }
    }
  })

  it('is revoked at an index that the list does not have, also after the list was fetched again', async () => {
    const scene = await setUp()
    await publish(scene.issuer, [0, 0, 0, 0, 0, 0, 0, 0])
    for (const idx of [8, 9, 1_000_000, Number.MAX_SAFE_INTEGER, -1]) {
      await expectRejected(scene, askAt(scene, idx), REVOKED)
    }
    expect(requestsOf(scene)).toBe(1)
    scene.clock.advance(20)
    await expectRejected(scene, askAt(scene, 8), REVOKED)
    await expectRejected(scene, askAt(scene, 8), REVOKED)
    expect(requestsOf(scene)).toBe(2)
    scene.clock.advance(20)
    await publish(scene.issuer, Array(16).fill(0))
    await expectAccepted(scene, askAt(scene, 8))
  })

  it.each<[string, unknown]>([
    ['is a text', 'active'],
    ['is a list', []],
    ['has no list', {}],
    ['is of another kind', { other: {} }],
    ['has a list that is null', { status_list: null }],
    ['has an index as text', { status_list: { idx: '0', uri: LIST } }],
    ['has a fraction as index', { status_list: { idx: 0.5, uri: LIST } }],
    ['has no index', { status_list: { uri: LIST } }],
    ['has no URI', { status_list: { idx: 0 } }],
    ['has a relative URI', { status_list: { idx: 0, uri: '/statuslists/1' } }],
    ['has an http URI', { status_list: { idx: 0, uri: 'http://as.example/statuslists/1' } }],
    ['has a file URI', { status_list: { idx: 0, uri: 'file:///etc/passwd' } }],
    ['has a password in the URI', { status_list: { idx: 0, uri: 'https://a:b@as.example/1' } }],
    ['has an endless URI', { status_list: { idx: 0, uri: `${LIST}?${'x'.repeat(3000)}` } }],
  ])('is rejected if its status %s', async (_, status) => {
    const scene = await setUp()
    await publish(scene.issuer, [0])
    const token = await scene.issuer.token({ status })
    await expectRejected(scene, scene.ask(`Bearer ${token}`), invalidToken('token_claims'))
    expect(scene.events.at(-1)).toMatchObject({ claim: 'status' })
    expect(requestsOf(scene)).toBe(0)
  })

  it('needs no list where there is no status', async () => {
    const scene = await setUp()
    for (const claims of [{}, { status: null }]) {
      await expectAccepted(scene, scene.ask(`Bearer ${await scene.issuer.token(claims)}`))
    }
  })

  it('counts as it was before mapClaims', async () => {
    const scene = await setUp({ server: { mapClaims: ({ status: _, ...claims }) => claims } })
    await publish(scene.issuer, [1])
    await expectRejected(scene, askAt(scene, 0), REVOKED)
  })

  it('has no effect where the option is off', async () => {
    const scene = await createScene({ revocation: { isRevoked: () => false } })
    await publish(scene.issuer, [1])
    await expectAccepted(scene, askAt(scene, 0))
    expect(requestsOf(scene)).toBe(0)
  })

  it('has an effect for introspected and custom tokens', async () => {
    const opaque = await createOpaqueScene({ revocation: LISTS })
    await publish(opaque.issuer, [0, 1])
    opaque.respond(() => activeAnswer(statusAt(0)))
    await expectAccepted(opaque, opaque.present())
    opaque.respond(() => activeAnswer(statusAt(1)))
    await expectRejected(opaque, opaque.present(), REVOKED)

    const verify = async (token: string) => {
      if (token !== 'custom-token') throw new AuthError('token_inactive')
      return { aud: 'https://rs.example/mcp', exp: START + 60, ...statusAt(1) }
    }
    const custom = await setUp({ server: { accessToken: { kind: 'custom', verify } } })
    await publish(custom.issuer, [0, 1])
    await expectRejected(custom, custom.ask('Bearer custom-token'), REVOKED)
  })

  it('is decided by every source together', async () => {
    const scene = await setUp({
      revocation: { ...LISTS, isRevoked: ({ sub }) => sub === 'user-2' },
    })
    await publish(scene.issuer, [0, 1])
    await expectAccepted(scene, askAt(scene, 0))
    await expectRejected(scene, askAt(scene, 1), REVOKED)
    const other = await scene.issuer.token({ ...statusAt(0), sub: 'user-2' })
    await expectRejected(scene, scene.ask(`Bearer ${other}`), REVOKED)
  })

  it('is revoked by its list where the other source is out of reach', async () => {
    for (const whenUnavailable of ['reject', 'accept'] as const) {
      const isRevoked = () => Promise.reject(new Error('out of reach'))
      const scene = await setUp({
        revocation: { ...LISTS, isRevoked, whenUnavailable },
      })
      await publish(scene.issuer, [0, 1])
      await expectRejected(scene, askAt(scene, 1), REVOKED)
    }
  })

  it("is revoked under 'accept' by the source that answers", async () => {
    const scene = await setUp({
      revocation: { ...LISTS, isRevoked: () => true, whenUnavailable: 'accept' },
    })
    await expectRejected(scene, askAt(scene, 0), REVOKED)
  })
})

describe('a list that cannot be used is a 503', () => {
  const foreign = createKey('k1')

  const SIGNATURE = 'its signature does not verify with a key of the issuer'
  const IAT = 'iat is missing or in the future'
  const NBF = 'nbf is in the future'
  const SUB = 'sub is not its URI'
  const TTL = 'ttl is not a duration'
  const TYP = 'typ is not statuslist+jwt'
  const BAD_LIST = 'status_list is not a list, or too long'

  const HOSTILE: readonly (readonly [
    name: string,
    cause: string,
    changes: () => ListChanges | Promise<ListChanges>,
  ])[] = [
    ['is signed by a foreign key', SIGNATURE, async () => ({ key: await foreign })],
    [
      'is signed by an unknown key',
      SIGNATURE,
      async () => ({ key: await foreign, header: { kid: 'other' } }),
    ],
    ['has expired', 'exp has passed', () => ({ claims: { exp: START } })],
    ['has an exp that is not a time', 'exp has passed', () => ({ claims: { exp: 'soon' } })],
    ['is from the future', IAT, () => ({ claims: { iat: START + 31 } })],
    ['begins later', NBF, () => ({ claims: { nbf: START + 31 } })],
    ['has an nbf that is not a time', NBF, () => ({ claims: { nbf: 'soon' } })],
    ['has no iat', IAT, () => ({ claims: { iat: undefined } })],
    ['is of another URI', SUB, () => ({ claims: { sub: `${LIST}2` } })],
    ['has no sub', SUB, () => ({ claims: { sub: undefined } })],
    [
      'is of another issuer',
      'iss is not the issuer of the token',
      () => ({ claims: { iss: 'https://other.example' } }),
    ],
    ['has a negative ttl', TTL, () => ({ claims: { ttl: -1 } })],
    ['has a ttl that is not a number', TTL, () => ({ claims: { ttl: '300' } })],
    ['is an access token', TYP, () => ({ header: { typ: 'at+jwt' } })],
    ['has no typ', TYP, () => ({ header: { typ: undefined } })],
    ['has no list', BAD_LIST, () => ({ claims: { status_list: undefined } })],
    [
      'has a critical extension',
      'it has a crit or b64 header',
      () => ({ header: { crit: ['b64'], b64: true } }),
    ],
    [
      'is a compression bomb',
      BAD_LIST,
      () => ({ lst: deflateSync(Buffer.alloc(100_000_000)).toString('base64url') }),
    ],
    ['is not compressed', BAD_LIST, () => ({ lst: 'AAAA' })],
    ['has three bits', BAD_LIST, () => ({ bits: 3, lst: 'eNrbuRgAAhcBXQ' })],
  ]

  it.each(HOSTILE)('%s: %s', async (_, cause, changes) => {
    // On a busy machine the bomb takes longer than the usual limit.
    const scene = await setUp({ revocation: { statusList: true, timeoutMs: 20_000 } })
    await publish(scene.issuer, [0, 0], await changes())
    await expectFault(scene, askAt(scene, 0), 'unavailable')
    const failed = scene.events.filter(
      (event): event is DocumentEvent => event.type === 'document' && event.url === LIST,
    )
    expect(failed).toEqual([
      {
        ...{ type: 'document', issuer: ISSUER, url: LIST, outcome: 'failed' },
        ...{ code: 'invalid_document', message: `${LIST} does not fit: ${cause}` },
      },
    ])
  })

  it.each<[string, () => Response | Promise<Response>, string]>([
    ['is unreachable', () => Promise.reject(new TypeError('fetch failed')), 'unreachable'],
    ['is missing', () => new Response('', { status: 404 }), 'status'],
    ['is a redirect', () => Response.redirect('https://as.example/other', 302), 'redirect'],
    ['is HTML', () => new Response('<html>'), 'invalid_document'],
    ['is empty', () => new Response(''), 'invalid_document'],
    ['is too large', () => new Response('x'.repeat(2_097_153)), 'too_large'],
  ])('%s', async (_, respond, code) => {
    const scene = await setUp()
    scene.issuer.respondAt(LIST, respond)
    await expectFault(scene, askAt(scene, 0), 'unavailable')
    expect(scene.events).toContainEqual(
      expect.objectContaining({ type: 'document', url: LIST, outcome: 'failed', code }),
    )
  })

  it.each([5, null, 'k'.repeat(257)])(
    'has the key ID %j, for which no key set is fetched',
    async (kid) => {
      const scene = await setUp()
      await expectAccepted(scene, scene.ask(await bearer(scene)))
      const before = scene.issuer.requests.length
      await publish(scene.issuer, [0], { header: { kid } })
      await expectFault(scene, askAt(scene, 0), 'unavailable')
      expect(scene.issuer.requests.slice(before)).toEqual([LIST])
    },
  )

  it('not signed: the list is not used', async () => {
    const scene = await setUp()
    const [, payload] = (await listToken(scene.issuer, [0])).split('.')
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'statuslist+jwt' })).toString(
      'base64url',
    )
    scene.issuer.respondAt(LIST, () => new Response(`${none}.${payload}.`))
    await expectFault(scene, askAt(scene, 0), 'unavailable')
  })

  it("with whenUnavailable: 'accept' the token is accepted", async () => {
    const scene = await setUp({ revocation: { ...LISTS, whenUnavailable: 'accept' } })
    await publish(scene.issuer, [1], { claims: { exp: START } })
    await expectAccepted(scene, askAt(scene, 0))
  })

  it('an old list is not used beyond its time', async () => {
    const scene = await setUp()
    await publish(scene.issuer, [0])
    await expectAccepted(scene, askAt(scene, 0))
    scene.issuer.respondAt(LIST, () => new Response('', { status: 500 }))
    scene.clock.advance(301)
    await expectFault(scene, askAt(scene, 0), 'unavailable')
    // The pause after a failure: no second request.
    const asked = requestsOf(scene)
    await expectFault(scene, askAt(scene, 0), 'unavailable')
    expect(requestsOf(scene)).toBe(asked)
    await publish(scene.issuer, [0])
    scene.clock.advance(16)
    await expectAccepted(scene, askAt(scene, 0))
  })

  it('a list that is slow holds the request for timeoutMs only', async () => {
    const scene = await setUp({ revocation: { statusList: true, timeoutMs: 20 } })
    scene.issuer.respondAt(LIST, () => new Promise(() => {}))
    await expectFault(scene, askAt(scene, 0), 'unavailable')
  })
})

describe('the lists of one issuer', () => {
  it('are at most 16: the one used longest ago is dropped', async () => {
    const scene = await setUp()
    const uris = Array.from({ length: 17 }, (_, index) => `${ISSUER}/statuslists/${index + 1}`)
    for (const uri of uris) await publish(scene.issuer, [0], {}, uri)
    for (const uri of uris) await expectAccepted(scene, askAt(scene, 0, uri))
    await expectAccepted(scene, askAt(scene, 0, uris[16]))
    await expectAccepted(scene, askAt(scene, 0, uris[1]))
    await expectAccepted(scene, askAt(scene, 0, uris[0]))
    expect(uris.map((uri) => requestsOf(scene, uri))).toEqual([2, ...Array(16).fill(1)])
  })

  it('displace no list of another tenant or of another name of the server', async () => {
    const issuerTemplate = { pattern: `${ISSUER}/{t}`, claim: 'tid', allow: () => true }
    const scene = await setUp({ server: { issuerTemplate, tokenIssuers: ['https://old.example'] } })
    const uris = Array.from({ length: 17 }, (_, index) => `${ISSUER}/statuslists/${index}`)
    const askAs = async (claims: Record<string, unknown>, uri: string | undefined) => {
      const token = await scene.issuer.token({ ...claims, ...statusAt(0, uri) })
      await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    }
    const askAll = async () => {
      for (const [tid, uri] of uris.entries()) {
        await askAs({ iss: `${ISSUER}/t${tid}`, tid: `t${tid}` }, uri)
      }
      await askAs({ iss: 'https://old.example' }, uris[0])
    }
    for (const uri of uris) await publish(scene.issuer, [0], {}, uri)
    await askAll()
    await askAll()
    // The tenant and the former name have a copy each.
    expect(uris.map((uri) => requestsOf(scene, uri))).toEqual([2, ...Array(16).fill(1)])
  })

  it('are at most 32 MiB for all tenants: the tenant with most bytes loses the one used longest ago', async () => {
    const issuerTemplate = { pattern: `${ISSUER}/{t}`, claim: 'tid', allow: () => true }
    const scene = await setUp({ server: { issuerTemplate } })
    const askAs = async (tid: string, uri: string | undefined) => {
      const claims = { iss: `${ISSUER}/${tid}`, tid, ...statusAt(0, uri) }
      await expectAccepted(scene, scene.ask(`Bearer ${await scene.issuer.token(claims)}`))
    }
    const longest = deflateSync(new Uint8Array(2_097_152)).toString('base64url')
    const uris = Array.from({ length: 16 }, (_, index) => `${ISSUER}/statuslists/${index}`)
    for (const uri of uris) await publish(scene.issuer, [], { lst: longest }, uri)
    for (const tid of ['small', 'other'])
      await publish(scene.issuer, [0], {}, `${ISSUER}/lists/${tid}`)
    await askAs('small', `${ISSUER}/lists/small`)
    for (const uri of uris.slice(0, 15)) await askAs('big', uri)
    // Used again: the second one is the oldest now.
    await askAs('big', uris[0])
    expect(uris.map((uri) => requestsOf(scene, uri))).toEqual([...Array(15).fill(1), 0])
    // With one byte of the other tenant, this is a byte too much.
    await askAs('big', uris[15])
    await askAs('other', `${ISSUER}/lists/other`)
    for (const uri of [uris[0], ...uris.slice(2)]) await askAs('big', uri)
    for (const tid of ['small', 'other']) await askAs(tid, `${ISSUER}/lists/${tid}`)
    expect(scene.issuer.requests.filter((url) => url.includes('list'))).toHaveLength(18)
    await askAs('big', uris[1])
    expect(requestsOf(scene, uris[1])).toBe(2)
  })

  it('of more than 32 MiB do not displace the one that was just fetched', async () => {
    const issuerTemplate = { pattern: `${ISSUER}/{t}`, claim: 'tid', allow: () => true }
    const scene = await setUp({ server: { issuerTemplate } })
    const tokenOf = (tid: string, uri: string | undefined) =>
      scene.issuer.token({ iss: `${ISSUER}/${tid}`, tid, ...statusAt(0, uri) })
    const askAs = async (tid: string, uri: string | undefined) => {
      await expectAccepted(scene, scene.ask(`Bearer ${await tokenOf(tid, uri)}`))
    }
    const longest = deflateSync(new Uint8Array(2_097_152)).toString('base64url')
    const uris = Array.from({ length: 16 }, (_, index) => `${ISSUER}/statuslists/${index}`)
    const [slow = ''] = uris
    for (const uri of uris) await publish(scene.issuer, [], { lst: longest }, uri)
    await publish(scene.issuer, [0], {}, `${ISSUER}/lists/small`)
    await askAs('small', `${ISSUER}/lists/small`)
    const list = await listToken(scene.issuer, [], { lst: longest, claims: { sub: slow } })
    let respond = (_: Response): void => {}
    scene.issuer.respondAt(
      slow,
      () =>
        new Promise((resolve) => {
          respond = resolve
        }),
    )
    const asking = scene.ask(`Bearer ${await tokenOf('big', slow)}`)
    await vi.waitUntil(() => requestsOf(scene, slow) === 1)
    for (const uri of uris.slice(1)) await askAs('big', uri)
    respond(new Response(list))
    expect((await asking).status).toBe(200)
    for (const uri of [slow, ...uris.slice(2)]) await askAs('big', uri)
    expect(uris.map((uri) => requestsOf(scene, uri))).toEqual(Array(16).fill(1))
    await askAs('big', uris[1])
    expect(requestsOf(scene, uris[1])).toBe(2)
  })

  it('of exactly 32 MiB are all kept', async () => {
    const scene = await setUp()
    const longest = deflateSync(new Uint8Array(2_097_152)).toString('base64url')
    const uris = Array.from({ length: 16 }, (_, index) => `${ISSUER}/statuslists/${index}`)
    for (const uri of uris) await publish(scene.issuer, [], { lst: longest }, uri)
    for (const uri of [...uris, ...uris]) await expectAccepted(scene, askAt(scene, 0, uri))
    expect(uris.map((uri) => requestsOf(scene, uri))).toEqual(Array(16).fill(1))
  })

  it('are fetched once for requests at the same time', async () => {
    const scene = await setUp()
    await publish(scene.issuer, [0])
    await Promise.all(Array.from({ length: 10 }, () => accepted1(scene)))
    expect(requestsOf(scene)).toBe(1)
  })

  it('may have a million entries', async () => {
    const scene = await setUp()
    const bytes = randomBytes(125_000)
    await publish(scene.issuer, [], { lst: deflateSync(bytes).toString('base64url') })
    for (const idx of [0, 1, 7, 8, 999_999]) {
      const isSet = (((bytes[idx >> 3] ?? 0) >> (idx & 7)) & 1) === 1
      const response = await askAt(scene, idx)
      expect([idx, response.status]).toEqual([idx, isSet ? 401 : 200])
    }
    expect((await askAt(scene, 1_000_000)).status).toBe(401)
  })
})

async function accepted1(scene: Scene): Promise<void> {
  expect((await askAt(scene, 0)).status).toBe(200)
}
