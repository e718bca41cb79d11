/** ERR-20: responses to HEAD have the status and the header fields of those to GET, and no content. */

import { expect, it } from 'vitest'
import {
  AuthError,
  authenticate,
  authorizationServerMetadataResponse,
  challengeResponse,
  metadataResponse,
  type ProtectedResourceOptions,
  protect,
  requireScopes,
} from '../../src/index.ts'
import { METADATA_URL, RESOURCE } from '../support/issuer.ts'
import { bearerChallenge } from '../support/rejection.ts'
import { createScene } from '../support/scene.ts'

interface Case {
  readonly title: string
  readonly status: number
  readonly options?: Partial<ProtectedResourceOptions>
  readonly claims?: Record<string, unknown>
  readonly headers?: Record<string, string>
  /** The whole challenge, or that there is none. */
  readonly challenge: string | null
}

const INVALID = bearerChallenge('invalid_token', undefined, METADATA_URL)

const CASES: readonly Case[] = [
  {
    title: 'no token',
    status: 401,
    challenge: bearerChallenge(undefined, undefined, METADATA_URL),
  },
  {
    title: 'no token, from a browser',
    status: 401,
    headers: { Origin: 'https://rs.example' },
    challenge: bearerChallenge(undefined, undefined, METADATA_URL),
  },
  {
    title: 'malformed credentials',
    status: 400,
    headers: { Authorization: 'Bearer a b' },
    challenge: bearerChallenge('invalid_request', undefined, METADATA_URL),
  },
  { title: 'a token that is over', status: 401, claims: { exp: 1 }, challenge: INVALID },
  { title: 'garbage', status: 401, headers: { Authorization: 'Bearer x' }, challenge: INVALID },
  {
    title: 'a token that grants too little',
    status: 403,
    options: { requiredScopes: ['write'] },
    claims: { scope: 'read' },
    challenge: bearerChallenge('insufficient_scope', 'write', METADATA_URL),
  },
  {
    title: 'another origin',
    status: 403,
    headers: { Origin: 'https://evil.example' },
    challenge: null,
  },
  {
    title: 'keys that are out of reach',
    status: 503,
    options: { fetch: () => Promise.reject(new TypeError('fetch failed')) },
    claims: {},
    challenge: null,
  },
  {
    title: 'a function that throws',
    status: 500,
    options: {
      token: () => {
        throw new Error('bug')
      },
    },
    challenge: null,
  },
]

it.each(CASES)(
  'ERR-20: HEAD with $title is answered like GET, without content',
  async ({ status, options, claims, headers = {}, challenge }) => {
    // In both orders, since what is always the same is made once.
    for (const methods of [
      ['GET', 'HEAD'],
      ['HEAD', 'GET'],
    ]) {
      const scene = await createScene(options)
      const authorization =
        claims === undefined ? undefined : `Bearer ${await scene.issuer.token(claims)}`
      const answers: Record<string, Response> = {}
      for (const method of methods) {
        answers[method] = await scene.ask(authorization, { method, headers })
        // What failed is asked for again by then.
        scene.clock.advance(120)
      }
      await expectAlike(answers['GET'], answers['HEAD'])
      expect(answers['HEAD']?.status).toBe(status)
      expect(answers['HEAD']?.headers.get('WWW-Authenticate')).toBe(challenge)
      expect(scene.runs).toHaveLength(0)
    }
  },
)

it('ERR-20: challengeResponse() and errors of a handler have no content for HEAD', async () => {
  const scene = await createScene({
    handler: (_request, auth) => {
      requireScopes(auth, ['write'])
      return new Response('written')
    },
  })
  const token = `Bearer ${await scene.issuer.token()}`
  await expectAlike(
    await scene.ask(token, { method: 'GET' }),
    await scene.ask(token, { method: 'HEAD' }),
  )
  const error = new AuthError('scope_insufficient', { scopes: ['write'] })
  for (const thrown of [error, new Error('bug')]) {
    const answer = (method: string) =>
      challengeResponse(thrown, scene.resource, new Request(RESOURCE, { method }))
    await expectAlike(answer('GET'), answer('HEAD'))
    // What is not known to be a HEAD has its body.
    expect(await challengeResponse(thrown, scene.resource).text()).not.toBe('')
  }
})

it('ERR-20: authenticate() omits the content', async () => {
  const { resource } = await createScene()
  const refusal = await authenticate(new Request(RESOURCE, { method: 'HEAD' }), resource)
  if (refusal.ok) throw new Error('accepted')
  expect([refusal.status, refusal.body]).toEqual([401, null])
})

it('ERR-20: 404 and 400 have no content for HEAD', async () => {
  const { resource } = await createScene()
  const handler = () => new Response('done')
  const routed = protect([resource], handler)
  const chosen = protect(() => undefined, handler)
  const cases = [
    [routed, 'https://rs.example/elsewhere', 404],
    [chosen, RESOURCE, 404],
    [routed, 'https://rs.example/.well-known/oauth-protected-resource/elsewhere', 404],
    [routed, `${RESOURCE}/.well-known/oauth-protected-resource`, 404],
    [protect(resource, handler), 'https://rs.example/.well-known/oauth-authorization-server', 404],
  ] as const
  for (const [send, url, status] of cases) {
    const head = await send(new Request(url, { method: 'HEAD' }))
    expect([url, head.status]).toEqual([url, status])
    await expectAlike(await send(new Request(url)), head)
  }
  const odd = (method: string) =>
    routed(Object.defineProperty(new Request(RESOURCE, { method }), 'url', { value: 'https://' }))
  expect((await odd('HEAD')).status).toBe(400)
  await expectAlike(await odd('GET'), await odd('HEAD'))
})

it('ERR-20: documents have no content for HEAD, available or not', async () => {
  const scene = await createScene({ serveAuthorizationServerMetadata: true })
  const { resource } = scene
  const ask = (url: string) => async (method: string) => {
    const request = new Request(url, { method })
    const answer =
      metadataResponse(request, resource) ??
      (await authorizationServerMetadataResponse(request, resource))
    if (answer === undefined) throw new Error('There is no document.')
    return answer
  }
  const mirror = ask('https://rs.example/.well-known/oauth-authorization-server')
  scene.issuer.respondAt('https://as.example/.well-known/oauth-authorization-server', () =>
    Promise.reject(new TypeError('fetch failed')),
  )
  scene.issuer.respondAt('https://as.example/.well-known/openid-configuration', () =>
    Promise.reject(new TypeError('fetch failed')),
  )
  expect((await mirror('HEAD')).status).toBe(503)
  await expectAlike(await mirror('GET'), await mirror('HEAD'))
  const own = ask(METADATA_URL)
  await expectAlike(await own('GET'), await own('HEAD'))
})

async function expectAlike(get: Response | undefined, head: Response | undefined): Promise<void> {
  if (get === undefined || head === undefined) throw new Error('There is no response.')
  expect(head.status).toBe(get.status)
  const body = await get.text()
  expect(body).not.toBe('')
  expect(await head.text()).toBe('')
  expect(fieldsOf(head)).toEqual({
    ...fieldsOf(get),
    // RFC 9110 §8.6: of what a GET would have.
    'content-length': String(new TextEncoder().encode(body).length),
  })
}

function fieldsOf({ headers }: Response): Record<string, string> {
  return Object.fromEntries(headers)
}
