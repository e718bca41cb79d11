/** Which server a token is sent to: none receives a token of another (MCP, Token Passthrough). */

import { describe, expect, it, vi } from 'vitest'
import {
  type AuthorizationServerOptions,
  ConfigError,
  type CustomTokenOptions,
  type IntrospectionOptions,
  protectedResource,
} from '../../src/index.ts'
import { activeAnswer, createOpaqueScene } from '../support/introspection.ts'
import { createIssuer, goodClaims, ISSUER, RESOURCE } from '../support/issuer.ts'
import {
  createScene,
  expectAccepted,
  expectFault,
  expectRejected,
  invalidToken,
  type Scene,
} from '../support/scene.ts'
import { unchecked } from '../support/unchecked.ts'

const OTHER = 'https://other.example'

function introspection(changes: Partial<IntrospectionOptions> = {}): IntrospectionOptions {
  return { kind: 'introspection', clientId: 'rs', clientSecret: 's', ...changes }
}

function custom(changes: Partial<CustomTokenOptions> = {}): CustomTokenOptions {
  const verify: CustomTokenOptions['verify'] = async (_token, { issuer }) => goodClaims(issuer)
  return { kind: 'custom', verify, ...changes }
}

/** A scene with these servers, and every request that left it. */
async function createServers(servers: readonly AuthorizationServerOptions[]) {
  const issuers = await Promise.all([createIssuer(ISSUER), createIssuer(OTHER)])
  const sent: { url: string; text: string }[] = []
  const scene = await createScene({
    authorizationServers: servers,
    fetch: async (url, init = {}) => {
      const headers = [...new Headers(init.headers)].flat().join('\n')
      sent.push({ url, text: `${url}\n${headers}\n${String(init.body ?? '')}` })
      const { origin, pathname } = new URL(url)
      if (pathname === '/introspect') return Response.json(activeAnswer({ iss: origin }))
      const issuer = issuers.find((each) => each.issuer === origin)
      if (issuer === undefined) throw new TypeError('fetch failed')
      Object.assign(issuer.metadata, { introspection_endpoint: `${origin}/introspect` })
      return issuer.fetch(url)
    },
  })
  const asked = () => sent.filter(({ url }) => url.endsWith('/introspect')).map(({ url }) => url)
  const token = (index: 0 | 1, claims = {}) => issuers[index].token(claims)
  return { scene, sent, asked, token }
}

const present = (scene: Scene, token: string) => scene.ask(`Bearer ${token}`)

describe('a JWT', () => {
  it('is verified only by the server that its iss names', async () => {
    const { scene, asked, token } = await createServers([
      { issuer: ISSUER, accessToken: introspection({ accepts: () => true }) },
      { issuer: OTHER, accessToken: introspection({ accepts: () => true }) },
    ])
    expect((await expectAccepted(scene, present(scene, await token(1)))).issuer).toBe(OTHER)
    expect(asked()).toEqual([`${OTHER}/introspect`])
    await expectAccepted(scene, present(scene, await token(0)))
    expect(asked()).toEqual([`${OTHER}/introspect`, `${ISSUER}/introspect`])
  })

  it.each(['https://stranger.example', `${ISSUER}/`, undefined, [ISSUER]])(
    'of iss %j goes nowhere',
    async (iss) => {
      const { scene, sent, token } = await createServers([
        { issuer: ISSUER, accessToken: introspection() },
      ])
      await expectRejected(
        scene,
        present(scene, await token(0, { iss })),
        invalidToken('token_issuer'),
      )
      expect(sent).toEqual([])
    },
  )

  it.each(['jwt', { kind: 'jwt' }] as const)(
    'is verified here where its server issues both kinds, %j being one',
    async (jwt) => {
      const { scene, asked, sent, token } = await createServers([
        { issuer: ISSUER, accessToken: [introspection(), jwt] },
      ])
      await expectAccepted(scene, present(scene, await token(0)))
      expect(asked()).toEqual([])
      expect(sent.map(({ url }) => url)).toContain(`${ISSUER}/jwks`)
      const bad = await token(0, { exp: 1 })
      await expectRejected(scene, present(scene, bad), invalidToken('token_expired'))
      expect(asked()).toEqual([])
      await expectAccepted(scene, present(scene, 'opaque'))
      expect(asked()).toEqual([`${ISSUER}/introspect`])
    },
  )

  it.each(['dpop+jwt', 'logout+jwt', 'token-introspection+jwt', 'secevent+jwt', 7])(
    'JWT-03: of typ %j is not even asked about',
    async (typ) => {
      const scene = await createOpaqueScene()
      const token = await scene.issuer.token({}, { header: { typ } })
      await expectRejected(scene, scene.present(token), invalidToken('token_type'))
      expect(scene.asked).toEqual([])
    },
  )

  it('that is malformed is rejected as a JWT and never sent as an opaque token', async () => {
    const { scene, sent, token } = await createServers([
      { issuer: ISSUER, accessToken: introspection() },
    ])
    const [header, payload, signature] = (await token(0)).split('.')
    for (const bad of [
      `${header}.${payload}.${signature}=`,
      `${header}.${payload}+.${signature}`,
      `${header}.${payload}.`,
      `${header}.e30K/.${signature}`,
    ]) {
      await expectRejected(scene, present(scene, bad), invalidToken('token_malformed'))
    }
    expect(sent).toEqual([])
  })

  it('goes to the format that accepts it if its server has several', async () => {
    const asked: string[] = []
    const kind = (name: string) =>
      custom({
        accepts: (token) => token.length % 2 === (name === 'even' ? 0 : 1),
        verify: async (_token, { issuer }) => {
          asked.push(name)
          return goodClaims(issuer)
        },
      })
    const { scene, token } = await createServers([
      { issuer: ISSUER, accessToken: [kind('even'), kind('odd')] },
    ])
    const jwt = await token(0)
    await expectAccepted(scene, present(scene, jwt))
    expect(asked).toEqual([jwt.length % 2 === 0 ? 'even' : 'odd'])
  })
})

describe('an opaque token', () => {
  const two = (): AuthorizationServerOptions[] => [
    { issuer: ISSUER, accessToken: introspection({ accepts: (token) => token.startsWith('a_') }) },
    { issuer: OTHER, accessToken: introspection({ accepts: (token) => token.startsWith('b_') }) },
  ]

  it('goes only to the server whose accepts returns true', async () => {
    const { scene, asked } = await createServers(two())
    expect((await expectAccepted(scene, present(scene, 'b_1'))).issuer).toBe(OTHER)
    expect(asked()).toEqual([`${OTHER}/introspect`])
    expect((await expectAccepted(scene, present(scene, 'a_1'))).issuer).toBe(ISSUER)
    expect(asked()).toEqual([`${OTHER}/introspect`, `${ISSUER}/introspect`])
  })

  it('that no accepts selects is sent nowhere', async () => {
    const { scene, sent } = await createServers(two())
    await expectRejected(scene, present(scene, 'c_1'), invalidToken('token_malformed'))
    expect(sent).toEqual([])
  })

  it('that two accepts select goes only to the first server', async () => {
    const [first, second] = two()
    const { scene, asked } = await createServers([
      first as AuthorizationServerOptions,
      { ...second, issuer: OTHER, accessToken: introspection({ accepts: () => true }) },
    ])
    await expectAccepted(scene, present(scene, 'a_1'))
    expect(asked()).toEqual([`${ISSUER}/introspect`])
  })

  it('goes to the only server of opaque tokens among servers of JWTs', async () => {
    const { scene, asked } = await createServers([
      { issuer: ISSUER },
      { issuer: OTHER, accessToken: introspection() },
    ])
    expect((await expectAccepted(scene, present(scene, 'opaque'))).issuer).toBe(OTHER)
    expect(asked()).toEqual([`${OTHER}/introspect`])
  })

  it('is sent nowhere if all servers issue JWTs', async () => {
    const { scene, sent } = await createServers([{ issuer: ISSUER }, { issuer: OTHER }])
    await expectRejected(scene, present(scene, 'opaque'), invalidToken('token_malformed'))
    expect(sent).toEqual([])
  })

  it.each([
    'a.b.c',
    'e30.e30.c2ln',
    'eyJhbGciOiJub25lIn0.e30',
    'eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn',
  ])('may look like %s', async (token) => {
    const { scene, asked } = await createServers([{ issuer: ISSUER, accessToken: introspection() }])
    expect((await expectAccepted(scene, present(scene, token))).token).toBe(token)
    expect(asked()).toEqual([`${ISSUER}/introspect`])
  })

  const broken: Record<string, () => boolean> = {
    throws: () => {
      throw new Error('MARKER')
    },
    'returns a promise': () => unchecked<boolean>(Promise.reject(new Error('MARKER'))),
    'returns nothing': () => unchecked<boolean>(undefined),
    'returns text': () => unchecked<boolean>('yes'),
  }
  it.each(Object.keys(broken))('is a 500 where an accepts %s', async (what) => {
    const accepts = broken[what] as () => boolean
    const { scene, sent } = await createServers([
      { issuer: ISSUER, accessToken: introspection({ accepts }) },
      { issuer: OTHER, accessToken: introspection({ accepts: () => true }) },
    ])
    const response = await expectFault(scene, present(scene, 'opaque'), 'internal')
    expect(await response.text()).not.toContain('MARKER')
    expect(sent).toEqual([])
  })

  it('is passed to accepts also with a single server', async () => {
    const accepts = vi.fn((token: string) => token === 'mine')
    const { scene, asked } = await createServers([
      { issuer: ISSUER, accessToken: introspection({ accepts }) },
    ])
    await expectRejected(scene, present(scene, 'yours'), invalidToken('token_malformed'))
    expect(asked()).toEqual([])
    await expectAccepted(scene, present(scene, 'mine'))
    expect(accepts.mock.calls).toEqual([['yours'], ['mine']])
  })
})

describe('SEC-01', () => {
  it('SEC-01: no outgoing request contains a JWT', async () => {
    const { scene, sent, token } = await createServers([{ issuer: ISSUER }])
    const jwt = await token(0)
    await expectAccepted(scene, present(scene, jwt))
    expect(sent.length).toBeGreaterThan(0)
    for (const part of [jwt, ...jwt.split('.')]) {
      expect(sent.some(({ text }) => text.includes(part))).toBe(false)
    }
  })

  it('SEC-01: an opaque token is sent only to the introspection endpoint', async () => {
    const { scene, sent } = await createServers([{ issuer: ISSUER, accessToken: introspection() }])
    await expectAccepted(scene, present(scene, 'opaque-MARKER'))
    const carriers = sent.filter(({ text }) => text.includes('MARKER'))
    expect(carriers.map(({ url }) => url)).toEqual([`${ISSUER}/introspect`])
    expect(sent.length).toBeGreaterThan(1)
  })
})

describe('the configuration', () => {
  const pathsOf = (authorizationServers: readonly AuthorizationServerOptions[]) => {
    try {
      protectedResource({ resource: RESOURCE, authorizationServers })
      return []
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError)
      return (error as ConfigError).problems.map(({ path }) => path)
    }
  }

  it('requires accepts if two entries accept opaque tokens', () => {
    const accepts = () => true
    expect(
      pathsOf([
        { issuer: ISSUER, accessToken: introspection() },
        { issuer: OTHER, accessToken: ['jwt', custom()] },
      ]),
    ).toEqual([
      'authorizationServers[0].accessToken.accepts',
      'authorizationServers[1].accessToken[1].accepts',
    ])
    expect(
      pathsOf([
        { issuer: ISSUER, accessToken: introspection({ accepts }) },
        { issuer: OTHER, accessToken: custom() },
      ]),
    ).toEqual(['authorizationServers[1].accessToken.accepts'])
    expect(pathsOf([{ issuer: ISSUER, accessToken: [introspection(), custom()] }])).toEqual([
      'authorizationServers[0].accessToken[0].accepts',
      'authorizationServers[0].accessToken[1].accepts',
    ])
  })

  it('does not require accepts for a single entry', () => {
    expect(pathsOf([{ issuer: ISSUER, accessToken: ['jwt', introspection()] }])).toEqual([])
    expect(pathsOf([{ issuer: ISSUER }, { issuer: OTHER, accessToken: custom() }])).toEqual([])
  })
})
