/** The claims of docs/guides/places.md are true. */

import { describe, expect, it } from 'vitest'
import { type AuthEvent, ConfigError, protectedResource } from '../../src/index.ts'
import { createIssuer, ISSUER } from '../support/issuer.ts'
import { createScene, expectRejected, invalidToken } from '../support/scene.ts'

const ORIGIN = 'https://api.example.com'

function warningsOf(audience: string | readonly string[] | undefined, resource = ORIGIN): string[] {
  const events: AuthEvent[] = []
  protectedResource({
    resource,
    authorizationServers: [ISSUER],
    audience,
    onEvent: (event) => events.push(event),
  })
  return events.flatMap((event) => (event.type === 'warning' ? [event.message] : []))
}

describe('a resource without a path', () => {
  it('is a warning, unless both spellings are accepted', () => {
    for (const resource of [ORIGIN, `${ORIGIN}/`]) {
      for (const audience of [undefined, ORIGIN, [`${ORIGIN}/`], 'api']) {
        expect(warningsOf(audience, resource)).toEqual([
          expect.stringMatching(/Give the resource a path, .* audience option$/),
        ])
      }
      expect(warningsOf([`${ORIGIN}/`, ORIGIN], resource)).toEqual([])
    }
    expect(warningsOf(undefined, `${ORIGIN}/mcp`)).toEqual([])
  })

  it('is a warning if one server accepts only one spelling', () => {
    const events: AuthEvent[] = []
    protectedResource({
      resource: ORIGIN,
      authorizationServers: [ISSUER, { issuer: 'https://other.example', audience: ORIGIN }],
      audience: [ORIGIN, `${ORIGIN}/`],
      onEvent: (event) => events.push(event),
    })
    expect(events).toHaveLength(1)
  })
})

describe('an issuer in a container network', () => {
  it('is a ConfigError that names both remedies', () => {
    const create = () =>
      protectedResource({ resource: `${ORIGIN}/mcp`, authorizationServers: ['http://login:8080'] })
    expect(create).toThrow(ConfigError)
    expect(create).toThrow(/dangerouslyAllowHttp.*jwksUri/)
  })

  it('keeps its public name while keys are fetched inside', async () => {
    const issuer = await createIssuer('https://login.example.com')
    issuer.respondAt('http://login:8080/jwks', () => Response.json(issuer.jwks))
    const scene = await createScene({
      issuer,
      server: { jwksUri: 'http://login:8080/jwks', dangerouslyAllowHttp: true },
    })
    expect((await scene.ask(`Bearer ${await issuer.token()}`)).status).toBe(200)
    expect(issuer.requests).toEqual(['http://login:8080/jwks'])
  })
})

describe('tokens that a platform changed', () => {
  it('are rejected: padded segments, and a signature that was removed', async () => {
    const scene = await createScene()
    const [header, payload, signature] = (await scene.issuer.token()).split('.')
    const padded = `${header}==.${payload}=.${signature}==`
    const unsigned = `${header}.${payload}.SIGNATURE_REMOVED_BY_GOOGLE`
    await expectRejected(scene, scene.ask(`Bearer ${padded}`), invalidToken('token_malformed'))
    const response = await scene.ask(`Bearer ${unsigned}`)
    expect(response.status).toBe(401)
    expect(scene.runs).toEqual([])
  })
})
