/** INT-17: error statuses and other responses that do not say whether a token is active. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  type AuthorizationServerOptions,
  type IntrospectionOptions,
  protectedResource,
  verifyAccessToken,
} from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { forge, type Sign, segment } from '../support/forge.ts'
import {
  activeAnswer,
  createOpaqueScene,
  ENDPOINT,
  type OpaqueOptions,
  type OpaqueScene,
  type Respond,
  TOKEN,
} from '../support/introspection.ts'
import { goodClaims, ISSUER, sign } from '../support/issuer.ts'
import {
  createScene,
  expectAccepted,
  expectFault,
  expectRejected,
  invalidToken,
} from '../support/scene.ts'

const INACTIVE = invalidToken('token_inactive')

/** A scene whose endpoint accepts the valid token, and sends this response for every other. */
async function sceneWith(other: Respond, options: OpaqueOptions = {}): Promise<OpaqueScene> {
  const scene = await createOpaqueScene(options)
  scene.respond((asked) => (asked.form.get('token') === TOKEN ? activeAnswer() : other(asked)))
  return scene
}

/** The same, after the endpoint has introspected a token. */
async function provenScene(other: Respond, options: OpaqueOptions = {}): Promise<OpaqueScene> {
  const scene = await sceneWith(other, options)
  await expectAccepted(scene, scene.present())
  return scene
}

const json = (status: number, body: unknown) => () => Response.json(body, { status })
const text = (status: number, body: string | null, type?: string) => () =>
  new Response(body, { status, headers: type === undefined ? {} : { 'Content-Type': type } })

describe('an error status for an inactive token', () => {
  const rejections: Record<string, Respond> = {
    'a 400 without a body': text(400, null),
    'a 400 of text': text(400, 'Bad Request', 'text/plain'),
    'a 400 that is not JSON': text(400, '{', 'application/json'),
    'a 400 of a JSON array': json(400, ['invalid_client']),
    'a 400 with error invalid_request': json(400, { error: 'invalid_request' }),
    'a 400 with error invalid_token': json(400, { error: 'invalid_token' }),
    'a 400 with error unsupported': json(400, { error: 'unsupported' }),
    'a 400 with a list as error': json(400, { error: ['invalid_client'] }),
    'a 400 with active true': json(400, { active: true }),
  }
  const explicit: Record<string, Respond> = {
    'a 401 with active false': json(401, { active: false }),
    'a 403 with active false': json(403, { active: false }),
    'a 401 with active false and a description (MCP SDK)': json(401, {
      active: false,
      error: 'Unauthorized',
      error_description: 'Invalid token: Error: Invalid or expired token',
    }),
    'a 401 with a byte order mark': text(401, '\ufeff{"active":false}', 'application/json'),
    'a 403 of another JSON type': text(403, '{"active":false}', 'application/problem+json'),
  }
  const undecided: Record<string, Respond> = {
    'a 400 with error invalid_client': json(400, { error: 'invalid_client' }),
    'a 400 with error unauthorized_client': json(400, { error: 'unauthorized_client' }),
    'a 400 with error unsupported_token_type': json(400, { error: 'unsupported_token_type' }),
    'a 400 with error unsupported_grant_type': json(400, { error: 'unsupported_grant_type' }),
    'a 400 with a byte order mark and error invalid_client': text(
      400,
      '\ufeff{"error":"invalid_client"}',
      'application/json',
    ),
    'a 400 in HTML': text(400, '<html>', 'text/html; charset=utf-8'),
    'a 400 in XHTML': text(400, '<html/>', 'application/xhtml+xml'),
    'a 400 of more than maxBytes': json(400, { padding: 'x'.repeat(70_000) }),
    'a 401 without a body': text(401, null),
    'a 401 with error invalid_client': json(401, { error: 'invalid_client' }),
    'a 401 with active false and error invalid_client': json(401, {
      active: false,
      error: 'invalid_client',
    }),
    'a 403 with active "false"': json(403, { active: 'false' }),
    'a 403 with active null': json(403, { active: null }),
    'a 401 with active true': json(401, activeAnswer()),
    'a 401 with the media type of text': text(401, '{"active":false}', 'text/plain'),
    'a 403 of a JSON array': json(403, [{ active: false }]),
    'a 402 with active false': json(402, { active: false }),
    'a 404': text(404, 'nothing here'),
    'a 404 with active false': json(404, { active: false }),
    'a 405': text(405, null),
    'a 408': text(408, null),
    'a 422': json(422, { error: 'invalid_request' }),
    'a 500': text(500, 'oh'),
    'a 500 with active false': json(500, { active: false }),
    'a 502': text(502, '<html>', 'text/html'),
    'a 504': text(504, null),
    'a 201 with active false': json(201, { active: false }),
    'a 200 in HTML': text(200, '<html>', 'text/html'),
    'a 200 that is not JSON': text(200, '{', 'application/json'),
    'a redirect': () => Response.redirect(`${ENDPOINT}/elsewhere`, 307),
  }

  it.each(Object.entries({ ...rejections, ...explicit }))(
    'INT-17: %s is 401 once the endpoint has introspected a token',
    async (_what, respond) => {
      const scene = await provenScene(respond)
      await expectRejected(scene, scene.present('unknown'), INACTIVE)
      await expectRejected(scene, scene.present('unknown'), INACTIVE)
      expect(scene.asked).toHaveLength(3)
    },
  )

  it.each(Object.entries(rejections))(
    'INT-17: %s is 503 before that, for this token only',
    async (_what, respond) => {
      const scene = await sceneWith(respond)
      await expectFault(scene, scene.present('unknown'), 'unavailable')
      await expectAccepted(scene, scene.present())
      scene.clock.advance(5)
      await expectRejected(scene, scene.present('unknown'), INACTIVE)
    },
  )

  it.each(Object.entries(explicit))('INT-17: %s is 401 at any time', async (_what, respond) => {
    const scene = await sceneWith(respond)
    await expectRejected(scene, scene.present('unknown'), INACTIVE)
    expect(scene.events.filter(({ type }) => type === 'document')).not.toContainEqual(
      expect.objectContaining({ outcome: 'failed' }),
    )
  })

  it.each(Object.entries(undecided))(
    'INT-17: %s is 503, and does not count as an outage',
    async (_what, respond) => {
      const scene = await provenScene(respond)
      for (let count = 0; count < 30; count++) {
        await expectFault(scene, scene.present(`unknown-${count}`), 'unavailable')
      }
      await expectAccepted(scene, scene.present())
      scene.respond(() => activeAnswer())
      await expectAccepted(scene, scene.present('new'))
      expect(scene.asked).toHaveLength(33)
    },
  )

  it('INT-17: with cacheSeconds a rejection by status is cached for 5 s', async () => {
    const introspection = { cacheSeconds: 60 }
    const scene = await provenScene(json(401, { active: false }), { introspection })
    for (const _ of [1, 2]) await expectRejected(scene, scene.present('unknown'), INACTIVE)
    expect(scene.asked).toHaveLength(2)
    scene.clock.advance(5)
    await expectRejected(scene, scene.present('unknown'), INACTIVE)
    expect(scene.asked).toHaveLength(3)
  })

  it('INT-17: a boolean active proves the endpoint, other responses do not', async () => {
    const scene = await createOpaqueScene()
    const bad = json(400, { error: 'invalid_request' })
    for (const [index, respond] of [bad, json(401, { active: false }), json(200, {})].entries()) {
      scene.respond(respond)
      await scene.present(`first-${index}`)
      scene.respond(bad)
      await expectFault(scene, scene.present(`second-${index}`), 'unavailable')
    }
    scene.respond(() => ({ active: false }))
    await expectRejected(scene, scene.present('third'), INACTIVE)
    scene.respond(bad)
    await expectRejected(scene, scene.present('fourth'), INACTIVE)
  })

  it('INT-17: a proven endpoint does not prove another of the same server', async () => {
    const at = (name: string): IntrospectionOptions => ({
      kind: 'introspection',
      clientId: 'rs',
      clientSecret: 's',
      endpoint: `${ENDPOINT}/${name}`,
      accepts: (token) => token.startsWith(name),
    })
    const scene = await createOpaqueScene({ server: { accessToken: [at('one'), at('two')] } })
    scene.respond(({ form }) =>
      form.get('token')?.endsWith('good') ? activeAnswer() : new Response(null, { status: 400 }),
    )
    await expectAccepted(scene, scene.present('one-good'))
    await expectRejected(scene, scene.present('one-bad'), INACTIVE)
    await expectFault(scene, scene.present('two-bad'), 'unavailable')
  })

  it('INT-17: resources with the same server options share the proven endpoint', async () => {
    const server: AuthorizationServerOptions = {
      issuer: ISSUER,
      accessToken: { kind: 'introspection', clientId: 'rs', clientSecret: 's', endpoint: ENDPOINT },
      fetch: async (_url, init) =>
        String(init?.body).startsWith('token=good')
          ? Response.json(activeAnswer({ aud: ['https://a.example', 'https://b.example'] }))
          : new Response(null, { status: 400 }),
    }
    const now = () => START
    const [a, b] = ['https://a.example', 'https://b.example'].map((resource) =>
      protectedResource({ resource, authorizationServers: [server], now }),
    ) as [ReturnType<typeof protectedResource>, ReturnType<typeof protectedResource>]
    expect((await verifyAccessToken('good', a)).ok).toBe(true)
    await expect(verifyAccessToken('bad', b)).rejects.toMatchObject({ code: 'token_inactive' })
  })

  it('INT-17: with signedResponse a 400 is 401, an unsigned active false is 503', async () => {
    const scene = await createOpaqueScene({ introspection: { signedResponse: true } })
    const claims = { iss: ISSUER, aud: 'rs', iat: START, token_introspection: activeAnswer() }
    const typ = 'token-introspection+jwt'
    const jwt = await sign(claims, { header: { typ } }, scene.issuer.key)
    scene.respond(({ form }) =>
      form.get('token') === TOKEN
        ? new Response(jwt, { headers: { 'Content-Type': `application/${typ}` } })
        : new Response(null, { status: 400 }),
    )
    await expectFault(scene, scene.present('early'), 'unavailable')
    await expectAccepted(scene, scene.present())
    await expectRejected(scene, scene.present('unknown'), INACTIVE)
    scene.respond(json(401, { active: false }))
    await expectFault(scene, scene.present('another'), 'unavailable')
  })
})

describe('docs/guides/outages.md', () => {
  const html = text(200, '<html>', 'text/html')
  const unreachable = () => Promise.reject(new TypeError('fetch failed'))
  const ROWS: Record<string, readonly Respond[]> = {
    '200 with `active: false`': [json(200, { active: false })],
    '401 or 403 with `{"active":false}`': [401, 403].map((each) => json(each, { active: false })),
    '400, once a 200 had a boolean `active`': [text(400, null)],
    '400 before that': [text(400, null)],
    '400 with `error` `invalid_client`, `unauthorized_client` or `unsupported_…`': [
      'invalid_client',
      'unauthorized_client',
      'unsupported_token_type',
    ].map((error) => json(400, { error })),
    'another 401 or 403, 404, 500, 502, HTML, a redirect': [
      ...[401, 403, 404, 500, 502].map((each) => text(each, null)),
      html,
      () => Response.redirect(`${ENDPOINT}/elsewhere`, 302),
    ],
    '429, 503, unreachable, no answer in time': [
      text(429, null),
      text(503, null),
      unreachable,
      () => new Promise(() => {}),
    ],
  }

  async function rowOf(what: string, respond: Respond): Promise<string> {
    const scene = await createOpaqueScene({ server: { timeoutMs: 20 } })
    const isProven = !what.includes('before')
    if (isProven) await expectAccepted(scene, scene.present())
    scene.respond(respond)
    const { status: good } = await scene.present()
    const before = scene.asked.length
    const statuses: number[] = []
    for (let count = 0; count < 10; count++) {
      statuses.push((await scene.present(`unknown-${count}`)).status)
    }
    expect(new Set(statuses).size).toBe(1)
    return `${statuses[0]} | ${good} | ${scene.asked.length - before} calls`
  }

  it('INT-17: shows the table of introspection', async () => {
    const header = ['Introspection endpoint', 'Unknown token', 'Token found good lately']
    const lines = [[...header, 'Ten unknown tokens cost'].join(' | '), '--- | --- | --- | ---']
    for (const [what, responds] of Object.entries(ROWS)) {
      const rows = await Promise.all(responds.map((respond) => rowOf(what, respond)))
      expect(new Set(rows).size).toBe(1)
      lines.push(`${what} | ${rows[0]}`)
    }
    const guide = readFileSync(new URL('../../docs/guides/outages.md', import.meta.url), 'utf8')
    expect(guide).toContain(lines.map((line) => `| ${line} |`).join('\n'))
  })
})

describe('a token without a usable response', () => {
  it('INT-17: is not introspected again for 5 s, with a matching Retry-After', async () => {
    const scene = await sceneWith(text(500, 'oh'))
    const retryAfter = async (token: string) => {
      const response = await expectFault(scene, scene.present(token), 'unavailable')
      return response.headers.get('Retry-After')
    }
    expect(await retryAfter('unknown')).toBe('5')
    scene.clock.advance(1.5)
    expect(await retryAfter('unknown')).toBe('4')
    scene.clock.advance(3.4)
    expect(await retryAfter('unknown')).toBe('1')
    expect(scene.asked).toHaveLength(1)
    expect(await retryAfter('unknown-2')).toBe('5')
    expect(scene.asked).toHaveLength(2)
    scene.clock.advance(0.1)
    scene.respond(() => activeAnswer())
    await expectAccepted(scene, scene.present('unknown'))
    expect(scene.asked).toHaveLength(3)
  })

  it('INT-17: is dropped after 1,000 newer ones', async () => {
    const scene = await sceneWith(text(500, 'oh'))
    for (let count = 0; count <= 1000; count++) await scene.present(`unknown-${count}`)
    await scene.present('unknown-1')
    expect(scene.asked).toHaveLength(1001)
    await scene.present('unknown-0')
    expect(scene.asked).toHaveLength(1002)
  })

  it('INT-17: does not delay other tokens; after an outage no token is delayed', async () => {
    const scene = await sceneWith(text(503, 'oh'))
    await expectFault(scene, scene.present('unknown'), 'unavailable')
    await expectFault(scene, scene.present('unknown'), 'unavailable')
    expect(scene.asked).toHaveLength(2)
  })
})

describe('a JWT at a server that introspects', () => {
  const foreign: Record<string, unknown> = {
    'another issuer': 'https://other.example',
    'a further slash': `${ISSUER}/`,
    'another case': 'https://AS.example',
    'no issuer': undefined,
    null: null,
    'a list': [ISSUER],
    'an empty string': '',
  }
  const introspection: IntrospectionOptions = {
    kind: 'introspection',
    clientId: 'rs',
    clientSecret: 's',
    endpoint: ENDPOINT,
  }
  const signed: Sign = () => new Uint8Array(64)
  const jwtOf = (iss: unknown, header: Record<string, unknown> = {}) =>
    forge({ alg: 'ES256', typ: 'at+jwt', ...header }, { ...goodClaims(), iss }, signed)

  for (const [what, iss] of Object.entries(foreign)) {
    it(`INT-17: with ${what} as iss it is 401, and not sent`, async () => {
      for (const accessToken of [introspection, ['jwt', introspection]] as const) {
        const scene = await createOpaqueScene({ server: { accessToken } })
        for (const header of [{}, { typ: undefined }, { alg: 'none' }, { alg: 'HS256' }]) {
          await expectRejected(
            scene,
            scene.present(await jwtOf(iss, header)),
            invalidToken('token_issuer'),
          )
        }
        expect(scene.asked).toEqual([])
      }
    })

    it(`INT-17: with ${what} as iss it is not passed to verify()`, async () => {
      let calls = 0
      const verify = async () => {
        calls += 1
        return goodClaims()
      }
      const scene = await createScene({ server: { accessToken: { kind: 'custom', verify } } })
      const answer = scene.ask(`Bearer ${await jwtOf(iss)}`)
      await expectRejected(scene, answer, invalidToken('token_issuer'))
      expect(calls).toBe(0)
    })
  }

  it('INT-17: a flood of them causes no call', async () => {
    const scene = await provenScene(text(500, 'oh'), { server: { accessToken: introspection } })
    for (let count = 0; count < 30; count++) {
      await expectRejected(
        scene,
        scene.present(await jwtOf(`https://other.example/${count}`)),
        invalidToken('token_issuer'),
      )
    }
    await expectAccepted(scene, scene.present())
    expect(scene.asked).toHaveLength(2)
  })

  it('INT-17: tokenIssuers and tenants of the server are accepted', async () => {
    const issuerTemplate = { pattern: `${ISSUER}/{tenant}`, claim: 'tid', allow: ['ours'] }
    for (const [iss, server] of [
      [ISSUER, {}],
      ['https://old.example', { tokenIssuers: ['https://old.example'] }],
      [`${ISSUER}/ours`, { issuerTemplate }],
    ] as const) {
      const scene = await createOpaqueScene({ server: { accessToken: introspection, ...server } })
      scene.respond(() => activeAnswer({ iss, tid: 'ours' }))
      const token = await jwtOf(iss)
      expect((await expectAccepted(scene, scene.present(token))).token).toBe(token)
      expect(scene.asked.map(({ form }) => form.get('token'))).toEqual([token])
    }
  })

  it('INT-17: a malformed one is 401, and not sent', async () => {
    const scene = await createOpaqueScene({ server: { accessToken: introspection } })
    const [header, payload] = [segment({ alg: 'ES256' }), segment({ iss: ISSUER })]
    for (const token of [`${header}=.${payload}.AAAA`, `${header}:.${payload}.AAAA`, `${header}..`])
      await expectRejected(scene, scene.present(token), invalidToken('token_malformed'))
    expect(scene.asked).toEqual([])
  })
})
