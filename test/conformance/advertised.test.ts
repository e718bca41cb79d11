/** The option `advertised` of a server: rows PRM-09 and PRM-10. */

import { describe, expect, it } from 'vitest'
import { ConfigError, protectedResource } from '../../src/index.ts'
import { createIssuer, ISSUER } from '../support/issuer.ts'
import { createScene, expectAccepted } from '../support/scene.ts'

const OTHER = 'https://other.example'

describe('a server that is not advertised', () => {
  it('PRM-10: is trusted, but the metadata does not name it', async () => {
    const [own, other] = await Promise.all([createIssuer(), createIssuer(OTHER)])
    const scene = await createScene({
      issuer: own,
      authorizationServers: [{ issuer: OTHER, advertised: false, fetch: other.fetch }, ISSUER],
    })
    expect(scene.resource.metadata.authorization_servers).toEqual([ISSUER])
    for (const issuer of [own, other]) {
      const auth = await expectAccepted(scene, scene.ask(`Bearer ${await issuer.token()}`))
      expect(auth.issuer).toBe(issuer.issuer)
    }
  })

  it('PRM-10: is not the server whose document is mirrored', async () => {
    const own = await createIssuer()
    const scene = await createScene({
      issuer: own,
      authorizationServers: [{ issuer: OTHER, advertised: false }, ISSUER],
      serveAuthorizationServerMetadata: true,
    })
    const url = 'https://rs.example/.well-known/oauth-authorization-server'
    const response = await scene.send(new Request(url))
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual(own.metadata)
  })

  it('PRM-09: cannot be the only one', () => {
    const create = (...advertised: (boolean | undefined)[]) =>
      protectedResource({
        resource: 'https://rs.example/mcp',
        authorizationServers: advertised.map((each, index) => ({
          issuer: `${ISSUER}/${index}`,
          advertised: each,
        })),
      })
    for (const advertised of [[false], [false, false]]) {
      expect(() => create(...advertised)).toThrow(ConfigError)
      expect(() => create(...advertised)).toThrow(
        'authorizationServers: has no advertised server; clients need at least one to log in',
      )
    }
    for (const advertised of [[undefined], [true], [false, undefined], [false, true]]) {
      expect(() => create(...advertised)).not.toThrow()
    }
  })
})
