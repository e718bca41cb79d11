/** Consuming authorization server metadata: rows ASM-01 to ASM-13. */

import { describe, expect, it } from 'vitest'
import {
  type AuthorizationServerOptions,
  authorizationServerMetadataUrls,
  type ConfigProblem,
  type DiscoveryOptions,
  discoverAuthorizationServer,
  protectedResource,
  UpstreamError,
} from '../../src/index.ts'
import { createCertificate } from '../support/certificate.ts'
import { problemsOf } from '../support/config-problems.ts'
import { createIssuer, createKey, ISSUER, RESOURCE, sign } from '../support/issuer.ts'
import { fetchTrusting, serve, vacantOrigin } from '../support/loopback.ts'
import {
  createScene,
  expectAccepted,
  expectFault,
  expectRejected,
  invalidToken,
} from '../support/scene.ts'

const OAUTH = '/.well-known/oauth-authorization-server'
const OIDC = '/.well-known/openid-configuration'
const PATH_ISSUER = 'https://as.example/t1'
const IN_ORDER = [
  `https://as.example${OAUTH}/t1`,
  `https://as.example${OIDC}/t1`,
  `https://as.example/t1${OIDC}`,
]

type Answers = Readonly<Record<string, () => Response>>

/** Discovers an issuer that answers like this; everything else is 404. */
async function discover(issuer: string, answers: Answers, options: DiscoveryOptions = {}) {
  const requests: string[] = []
  const fetch = async (url: string) => {
    requests.push(url)
    return answers[url]?.() ?? new Response('not here', { status: 404 })
  }
  try {
    const metadata = await discoverAuthorizationServer(issuer, { fetch, ...options })
    return { requests, metadata }
  } catch (error) {
    if (error instanceof UpstreamError) return { requests, error }
    throw error
  }
}

function configProblems(server: string | AuthorizationServerOptions): readonly ConfigProblem[] {
  return problemsOf(() => protectedResource({ resource: RESOURCE, authorizationServers: [server] }))
}

describe('the URLs of metadata', () => {
  it.each([
    ['https://as.example?x', /neither query nor fragment/],
    ['https://as.example#y', /neither query nor fragment/],
    ['https://as.example/?', /neither query nor fragment/],
    ['https://as.example/t1#', /neither query nor fragment/],
    ['http://as.example', /https/],
    ['as.example', /not a URL/],
    ['https:///as.example', /RFC 3986.*host/],
    ['https://as.example/%t1', /RFC 3986.*stray %/],
  ])('ASM-01: rejects the issuer %s', async (issuer, message) => {
    expect(configProblems(issuer)).toEqual([
      { path: 'authorizationServers[0]', message: expect.stringMatching(message) },
    ])
    const requests: string[] = []
    const fetch = async (url: string) => {
      requests.push(url)
      return Response.json({ issuer })
    }
    await expect(discoverAuthorizationServer(issuer, { fetch })).rejects.toMatchObject({
      name: 'ConfigError',
      problems: [{ path: 'issuer', message: expect.stringMatching(message) }],
    })
    expect(requests).toEqual([])
  })

  it('ASM-02: the suffix is first inserted between host and path, without the final slash', async () => {
    for (const issuer of [PATH_ISSUER, `${PATH_ISSUER}/`]) {
      const url = `https://as.example${OAUTH}/t1`
      const found = await discover(issuer, { [url]: () => Response.json({ issuer }) })
      expect(found).toEqual({ requests: [url], metadata: { issuer } })
    }
    expect(authorizationServerMetadataUrls('https://as.example:8443/a/b%2Fc/', 'oauth')).toEqual([
      `https://as.example:8443${OAUTH}/a/b%2Fc`,
    ])
  })

  it('ASM-03: the OpenID Connect suffix is appended to the issuer, without its final slash', async () => {
    for (const issuer of [PATH_ISSUER, `${PATH_ISSUER}/`]) {
      const url = `https://as.example/t1${OIDC}`
      const answers = { [url]: () => Response.json({ issuer }) }
      expect(await discover(issuer, answers, { type: 'oidc' })).toEqual({
        requests: [url],
        metadata: { issuer },
      })
      expect((await discover(issuer, answers)).requests.at(-1)).toBe(url)
    }
  })

  it('ASM-04: an issuer with a path has three URLs, tried in this order until one responds', async () => {
    for (const [index, url] of IN_ORDER.entries()) {
      const document = { issuer: PATH_ISSUER, found: index }
      const later = IN_ORDER.slice(index).map((each) => [each, () => Response.json(document)])
      const found = await discover(PATH_ISSUER, Object.fromEntries(later))
      expect(found).toEqual({ requests: IN_ORDER.slice(0, index + 1), metadata: document })
      expect(found.requests.at(-1)).toBe(url)
    }
    expect((await discover(PATH_ISSUER, {})).requests).toEqual(IN_ORDER)
  })

  it('ASM-04: requests use the same order, before the keys are fetched', async () => {
    const key = await createKey()
    const jwksUri = 'https://as.example/keys'
    const requests: string[] = []
    const answers: Record<string, unknown> = {
      [`https://as.example/t1${OIDC}`]: { issuer: PATH_ISSUER, jwks_uri: jwksUri },
      [jwksUri]: { keys: [key.jwk] },
    }
    const scene = await createScene({
      authorizationServers: [PATH_ISSUER],
      key,
      fetch: async (url) => {
        requests.push(url)
        const answer = answers[url]
        return answer === undefined ? new Response(null, { status: 404 }) : Response.json(answer)
      },
    })
    const token = await scene.issuer.token({ iss: PATH_ISSUER })
    const auth = await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    expect(auth.issuer).toBe(PATH_ISSUER)
    expect(requests).toEqual([...IN_ORDER, jwksUri])
  })

  it('ASM-05: an issuer without a path has two URLs, tried in this order', async () => {
    for (const issuer of [ISSUER, `${ISSUER}/`]) {
      const places = [`${ISSUER}${OAUTH}`, `${ISSUER}${OIDC}`]
      expect((await discover(issuer, {})).requests).toEqual(places)
      const second = { [`${ISSUER}${OIDC}`]: () => Response.json({ issuer }) }
      expect(await discover(issuer, second)).toEqual({ requests: places, metadata: { issuer } })
    }
  })
})

describe('the issuer in the metadata', () => {
  it.each([
    ['https://as.example', 'https://as.example/'],
    ['https://as.example/', 'https://as.example'],
    ['https://as.example', 'https://AS.example'],
    ['https://as.example', 'HTTPS://as.example'],
    ['https://as.example', 'https://as.example:443'],
    ['https://as.example/t1', 'https://as.example/t1/'],
    ['https://as.example/%7Eme', 'https://as.example/~me'],
    ['https://as.example/t1', 'https://as.example/t1?x'],
    ['https://as.example', 'https://evil.example'],
    ['https://as.example/t1', 'https://as.example'],
    ['https://as.example', ''],
  ])('ASM-06: %s is not %s', async (issuer, stated) => {
    const [url = ''] = authorizationServerMetadataUrls(issuer)
    const found = await discover(issuer, { [url]: () => Response.json({ issuer: stated }) })
    expect(found.error).toMatchObject({ code: 'issuer_mismatch', url })
    expect(found.error?.message).toBe(
      `${url} does not fit: issuer: expected ${issuer}, found "${stated}"`,
    )
    // Metadata that is given by hand is compared when the resource is made.
    const metadata = { issuer: stated, jwks_uri: 'https://as.example/jwks' }
    expect(configProblems({ issuer, metadata })).toMatchObject([
      { path: 'authorizationServers[0].metadata.issuer' },
    ])
  })

  it('ASM-06: with the wrong issuer in the metadata, requests are 503', async () => {
    const scene = await createScene()
    const { issuer } = scene
    issuer.respondAt(`${ISSUER}${OAUTH}`, () =>
      Response.json({ ...issuer.metadata, issuer: `${ISSUER}/` }),
    )
    await expectFault(scene, scene.ask(`Bearer ${await issuer.token()}`), 'unavailable')
    expect(issuer.requests).toEqual([`${ISSUER}${OAUTH}`])
    expect(scene.events).toContainEqual({
      type: 'document',
      issuer: ISSUER,
      url: `${ISSUER}${OAUTH}`,
      outcome: 'failed',
      code: 'issuer_mismatch',
      message: `${ISSUER}${OAUTH} does not fit: issuer: expected ${ISSUER}, found "${ISSUER}/"`,
      expected: [ISSUER],
      received: [`${ISSUER}/`],
    })
  })

  it('ASM-07: a wrong issuer ends discovery, although the next URL would be right', async () => {
    const found = await discover(PATH_ISSUER, {
      [IN_ORDER[0] ?? '']: () => Response.json({ issuer: 'https://as.example' }),
      [IN_ORDER[1] ?? '']: () => Response.json({ issuer: PATH_ISSUER }),
    })
    expect(found.requests).toEqual(IN_ORDER.slice(0, 1))
    expect(found.error?.code).toBe('issuer_mismatch')
    expect(found.metadata).toBeUndefined()
  })

  it('ASM-07: a JSON object that is not metadata ends discovery too', async () => {
    for (const document of [{}, { issuer: 5 }, { issuer: PATH_ISSUER, jwks_uri: 5 }]) {
      const found = await discover(PATH_ISSUER, {
        [IN_ORDER[0] ?? '']: () => Response.json(document),
        [IN_ORDER[1] ?? '']: () => Response.json({ issuer: PATH_ISSUER }),
      })
      expect(found.requests).toEqual(IN_ORDER.slice(0, 1))
      expect(found.error?.code).toBe('invalid_document')
    }
  })

  const html = { headers: { 'Content-Type': 'text/html' } }
  it.each<[string, () => Response]>([
    ['a 404', () => new Response(null, { status: 404 })],
    ['a 500', () => Response.json({ issuer: PATH_ISSUER }, { status: 500 })],
    ['a 401', () => Response.json({ issuer: PATH_ISSUER }, { status: 401 })],
    ['a redirect', () => Response.redirect(IN_ORDER[1] ?? '', 302)],
    ['a page', () => new Response('<!doctype html>', html)],
    ['a list', () => Response.json([{ issuer: PATH_ISSUER }])],
    ['broken JSON', () => new Response('{', { headers: { 'Content-Type': 'application/json' } })],
    [
      'an outage',
      () => {
        throw new TypeError('fetch failed')
      },
    ],
  ])('ASM-07: after %s the next URL is tried', async (_what, answer) => {
    const found = await discover(PATH_ISSUER, {
      [IN_ORDER[0] ?? '']: answer,
      [IN_ORDER[1] ?? '']: () => Response.json({ issuer: PATH_ISSUER }),
    })
    expect(found).toEqual({
      requests: IN_ORDER.slice(0, 2),
      metadata: { issuer: PATH_ISSUER },
    })
  })
})

describe('valid metadata', () => {
  const json = (body: string, init: ResponseInit = {}) =>
    new Response(body, { headers: { 'Content-Type': 'application/json' }, ...init })
  const good = JSON.stringify({ issuer: ISSUER })
  const typed = (type: string) => () => new Response(good, { headers: { 'Content-Type': type } })

  it.each<[string, () => Response, string]>([
    ['301', () => Response.redirect('https://as.example/metadata', 301), 'redirect'],
    ['307', () => Response.redirect('https://as.example/metadata', 307), 'redirect'],
    ['204', () => new Response(null, { status: 204 }), 'status'],
    ['201', () => json(good, { status: 201 }), 'status'],
    ['text/html', typed('text/html'), 'not_json'],
    ['text/plain', typed('text/plain'), 'not_json'],
    ['text/json', typed('text/json'), 'not_json'],
    ['application/jsonp', typed('application/jsonp'), 'not_json'],
    ['no type', () => new Response(new TextEncoder().encode(good)), 'not_json'],
    ['an array', () => json(`[${good}]`), 'not_json'],
    ['a string', () => json('"x"'), 'not_json'],
    ['null', () => json('null'), 'not_json'],
    ['nothing', () => json(''), 'not_json'],
  ])('ASM-08: %s is not metadata', async (_what, answer, code) => {
    const answers = { [`${ISSUER}${OAUTH}`]: answer }
    const found = await discover(ISSUER, answers, { type: 'oauth' })
    expect(found.error).toMatchObject({ code, url: `${ISSUER}${OAUTH}` })
    expect(found.requests).toEqual([`${ISSUER}${OAUTH}`])
  })

  it.each(['application/json', 'Application/JSON; charset=utf-8', 'application/jrd+json'])(
    'ASM-08: %s does, by GET',
    async (type) => {
      const seen: (RequestInit | undefined)[] = []
      const fetch = async (_url: string, init?: RequestInit) => {
        seen.push(init)
        return typed(type)()
      }
      expect(await discoverAuthorizationServer(ISSUER, { fetch })).toEqual({ issuer: ISSUER })
      expect(seen).toMatchObject([{ redirect: 'manual', headers: { Accept: 'application/json' } }])
      expect(seen[0]?.method ?? 'GET').toBe('GET')
    },
  )

  it('ASM-09: unknown members stay; known members have the right type', async () => {
    const document = { issuer: ISSUER, x_extension: { deep: [1] }, jwks_uri: `${ISSUER}/keys` }
    const [url = ''] = authorizationServerMetadataUrls(ISSUER)
    const found = await discover(ISSUER, { [url]: () => Response.json(document) })
    expect(found.metadata).toEqual(document)
    for (const [member, value, message] of [
      ['jwks_uri', 5, 'jwks_uri: expected a string, found a number'],
      ['jwks_uri', '/keys', 'jwks_uri: must be an absolute URL'],
      ['issuer', [ISSUER], 'issuer: expected a string, found an array'],
      ['introspection_endpoint', {}, 'introspection_endpoint: expected a string, found an object'],
    ] as const) {
      const wrong = { [url]: () => Response.json({ ...document, [member]: value }) }
      const { error } = await discover(ISSUER, wrong)
      expect(error).toMatchObject({ code: 'invalid_document', url })
      expect(error?.message).toBe(`${url} does not fit: ${message}`)
    }
  })
})

describe('transport', () => {
  it('ASM-10: a server with an untrusted certificate is rejected', async () => {
    const certificate = createCertificate()
    await using server = await serve((_request, response) => {
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify({ issuer: server.origin }))
    }, certificate)
    await expect(
      discoverAuthorizationServer(server.origin, { type: 'oauth' }),
    ).rejects.toMatchObject({
      code: 'unreachable',
      url: `${server.origin}${OAUTH}`,
      reason: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    })
    expect(server.requests).toEqual([])
    // That it was the certificate, and nothing else:
    const trusting = { fetch: fetchTrusting(certificate) }
    expect(await discoverAuthorizationServer(server.origin, trusting)).toEqual({
      issuer: server.origin,
    })
  })

  it('ASM-10: a server that does not respond is an error', async () => {
    const issuer = await vacantOrigin()
    await expect(discoverAuthorizationServer(issuer)).rejects.toMatchObject({
      code: 'unreachable',
      reason: 'ECONNREFUSED',
    })
  })

  it.each(['jwks_uri', 'introspection_endpoint'])(
    'ASM-11: not if it sends us to an unprotected %s',
    async (member) => {
      const [url = ''] = authorizationServerMetadataUrls(ISSUER)
      for (const endpoint of [
        'http://as.example/x',
        'ftp://as.example/x',
        'https://a:b@as.example/x',
      ]) {
        const document = { issuer: ISSUER, [member]: endpoint }
        const { error } = await discover(ISSUER, { [url]: () => Response.json(document) })
        expect({ endpoint, code: error?.code }).toEqual({ endpoint, code: 'invalid_document' })
      }
      const local = { issuer: ISSUER, [member]: 'http://127.0.0.1:9000/x' }
      const found = await discover(ISSUER, { [url]: () => Response.json(local) })
      expect(found.metadata).toEqual(local)
    },
  )

  it('ASM-11: keys are never fetched from there', async () => {
    const scene = await createScene()
    const { issuer } = scene
    issuer.respondAt(`${ISSUER}${OAUTH}`, () =>
      Response.json({ ...issuer.metadata, jwks_uri: 'http://as.example/jwks' }),
    )
    await expectFault(scene, scene.ask(`Bearer ${await issuer.token()}`), 'unavailable')
    expect(issuer.requests).toEqual([`${ISSUER}${OAUTH}`])
    for (const option of ['jwksUri', 'metadataUrl']) {
      expect(configProblems({ issuer: ISSUER, [option]: 'http://as.example/x' })).toMatchObject([
        { path: `authorizationServers[0].${option}` },
      ])
    }
  })
})

describe('tokens and metadata', () => {
  const other = 'https://b.example'

  async function createTwoIssuers() {
    const [one, two] = await Promise.all([createIssuer(), createIssuer(other)])
    const scene = await createScene({
      authorizationServers: [one.issuer, two.issuer],
      key: one.key,
      fetch: (url) => (url.startsWith(other) ? two : one).fetch(url),
    })
    expect(one.key.jwk.kid).toBe(two.key.jwk.kid)
    return { one, two, scene }
  }

  it('ASM-12: keys of another issuer verify nothing, even with the same kid', async () => {
    const { one, two, scene } = await createTwoIssuers()
    await expectAccepted(scene, scene.ask(`Bearer ${await one.token()}`))
    await expectAccepted(scene, scene.ask(`Bearer ${await two.token()}`))
    const forged = await one.token({}, { key: two.key })
    await expectRejected(scene, scene.ask(`Bearer ${forged}`), invalidToken('token_signature'))
    const reverse = await two.token({}, { key: one.key })
    await expectRejected(scene, scene.ask(`Bearer ${reverse}`), invalidToken('token_signature'))
  })

  it('ASM-12: a key of another issuer without kid verifies nothing', async () => {
    const { one, two, scene } = await createTwoIssuers()
    await expectAccepted(scene, scene.ask(`Bearer ${await two.token()}`))
    const forged = await one.token({}, { key: two.key, header: { kid: undefined } })
    await expectRejected(scene, scene.ask(`Bearer ${forged}`), invalidToken('token_signature'))
  })

  it.each([
    'https://169.254.169.254',
    'http://169.254.169.254/latest/meta-data',
    'https://evil.example',
    'https://as.example/',
    'https://as.example.evil.example',
    'https://AS.example',
    `${ISSUER}/../evil`,
    `${ISSUER}${OAUTH}`,
  ])('ASM-13: a token that names %s causes no request to it', async (iss) => {
    const scene = await createScene()
    const token = await scene.issuer.token({ iss })
    await expectRejected(scene, scene.ask(`Bearer ${token}`), invalidToken('token_issuer'))
    expect(scene.issuer.requests).toEqual([])
  })

  it('ASM-13: keys and key URLs in the header of a token are ignored', async () => {
    const scene = await createScene()
    const thief = await createKey('k1')
    const evil = 'https://evil.example/keys'
    const pointers = { jku: evil, x5u: evil, jwk: thief.jwk, x5c: ['AA=='] }
    for (const [name, value] of Object.entries(pointers)) {
      const header = { alg: 'ES256', kid: 'k1', typ: 'at+jwt', [name]: value }
      const claims = JSON.parse(atob((await scene.issuer.token()).split('.')[1] ?? ''))
      const token = await sign(claims, { header }, thief)
      await expectRejected(scene, scene.ask(`Bearer ${token}`), invalidToken('token_signature'))
    }
    expect(scene.issuer.requests).toEqual([`${ISSUER}${OAUTH}`, `${ISSUER}/jwks`])
  })
})
