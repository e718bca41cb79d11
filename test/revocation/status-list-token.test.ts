import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { START } from '../support/clock.ts'
import { forge } from '../support/forge.ts'
import { createIssuer, createKey, ISSUER, RESOURCE } from '../support/issuer.ts'
import {
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
const LISTS = { statusList: true, timeoutMs: 60_000 }

function setUp(options: SceneOptions = {}): Promise<Scene> {
  return createScene({ revocation: LISTS, ...options })
}

async function askAt(scene: Scene, idx: number, uri: string = LIST): Promise<Response> {
  return scene.ask(`Bearer ${await scene.issuer.token(statusAt(idx, uri))}`)
}

/** The messages of the events about a list that cannot be used. */
function problemsIn({ events }: Scene, uri: string = LIST): (string | undefined)[] {
  return events.flatMap((event) =>
    event.type === 'document' && event.url === uri && event.outcome === 'failed'
      ? [event.message]
      : [],
  )
}

async function expectProblem(scene: Scene, problem: string, asking: Promise<Response>) {
  await expectFault(scene, asking, 'unavailable')
  expect(problemsIn(scene)).toEqual([`${LIST} does not fit: ${problem}`])
}

describe('a status list', () => {
  it('is requested by its media type', async () => {
    const issuer = await createIssuer()
    const accepted: unknown[] = []
    const scene = await setUp({
      issuer,
      fetch: (url, init) => {
        if (url === LIST) accepted.push(Object.fromEntries(new Headers(init?.headers)))
        return issuer.fetch(url, init)
      },
    })
    await publish(issuer, [0])
    await expectAccepted(scene, askAt(scene, 0))
    expect(accepted).toEqual([{ accept: 'application/statuslist+jwt' }])
  })

  it('may end with a line break', async () => {
    const scene = await setUp()
    const list = await listToken(scene.issuer, [0, 1])
    scene.issuer.respondAt(LIST, () => new Response(`${list}\r\n`))
    await expectAccepted(scene, askAt(scene, 0))
    await expectRejected(scene, askAt(scene, 1), REVOKED)
  })

  it('may have 2 MiB, and is not a JWT if it is something else', async () => {
    const scene = await setUp()
    scene.issuer.respondAt(LIST, () => new Response('x'.repeat(2_097_152)))
    await expectProblem(scene, 'it is not a JWT', askAt(scene, 0))
  })

  it('without ttl and exp is used for 300 seconds, and no shorter', async () => {
    const scene = await setUp()
    await publish(scene.issuer, [0], { claims: { ttl: undefined } })
    await expectAccepted(scene, askAt(scene, 0))
    await publish(scene.issuer, [1])
    scene.clock.advance(299.5)
    await expectAccepted(scene, askAt(scene, 0))
    scene.clock.advance(0.5)
    await expectRejected(scene, askAt(scene, 0), REVOKED)
  })

  it('may have an iat and an nbf within the tolerance of clocks', async () => {
    const scene = await setUp()
    await publish(scene.issuer, [0], { claims: { iat: START + 30, nbf: START + 30 } })
    await expectAccepted(scene, askAt(scene, 0))
  })

  it.each<[string, string, ListChanges]>([
    ['has an iat as text', 'iat is missing or in the future', { claims: { iat: `${START}` } }],
    ['has an nbf as text', 'nbf is in the future', { claims: { nbf: `${START}` } }],
    ['has an exp as text', 'exp has passed', { claims: { exp: `${START + 60}` } }],
    ['has an alg that is not a text', 'alg is not accepted', { header: { alg: 256 } }],
    ['has an alg with a shared secret', 'alg is not accepted', { header: { alg: 'HS256' } }],
    ['is not signed', 'alg is not accepted', { header: { alg: 'none' } }],
    ['has a key ID that is not a text', 'kid is not a key ID', { header: { kid: 5 } }],
  ])('is not used if it %s', async (_, problem, { claims, header }) => {
    const scene = await setUp()
    const list = { bits: 1, lst: deflateSync(Uint8Array.of(0)).toString('base64url') }
    const token = await forge(
      { typ: 'statuslist+jwt', alg: 'ES256', ...header },
      { sub: LIST, iat: START, status_list: list, ...claims },
      () => new Uint8Array(64),
    )
    scene.issuer.respondAt(LIST, () => new Response(token))
    await expectProblem(scene, problem, askAt(scene, 0))
  })

  it('is not used with an algorithm that access tokens of its server must not have', async () => {
    const key = await createKey('k1', 'RS256')
    const accessToken = { kind: 'jwt', algorithms: ['RS256'] } as const
    const scene = await setUp({ key, server: { accessToken } })
    const other = await createKey('k2', 'ES256')
    scene.issuer.jwks.keys.push(other.jwk)
    await publish(scene.issuer, [0], { key: other })
    await expectProblem(scene, 'alg is not accepted', askAt(scene, 0))
  })

  it('is not used if its iss is a list with the issuer of the token', async () => {
    const iss = `${ISSUER}/t1`
    const issuerTemplate = { pattern: `${ISSUER}/{t}`, claim: 'tid', allow: ['t1'] }
    const scene = await setUp({ server: { issuerTemplate } })
    await publish(scene.issuer, [0], { claims: { iss: [iss] } })
    const token = await scene.issuer.token({ iss, tid: 't1', ...statusAt(0) })
    const asking = scene.ask(`Bearer ${token}`)
    await expectProblem(scene, 'iss is not the issuer of the token', asking)
  })

  it('is not used while its key is unavailable: the 503 says when the next fetch of keys is allowed', async () => {
    let uri = `${ISSUER}/lists/first`
    const verify = async () => ({ aud: RESOURCE, exp: START + 600, ...statusAt(0, uri) })
    const scene = await setUp({ server: { accessToken: { kind: 'custom', verify } } })
    await publish(scene.issuer, [0], {}, uri)
    await expectAccepted(scene, scene.ask('Bearer token'))
    scene.clock.advance(60)
    scene.issuer.respondAt(`${ISSUER}/jwks`, () => new Response('', { status: 500 }))
    uri = LIST
    await publish(scene.issuer, [0], { header: { kid: 'new' } })
    const asking = scene.ask('Bearer token')
    await expectProblem(scene, 'its key is unavailable', asking)
    expect((await asking).headers.get('Retry-After')).toBe('1')
  })
})
