import { Miniflare, Response as WorkerdResponse } from 'miniflare'
import { expect, test } from 'vitest'
import { bundleWorker, COMPATIBILITY_DATE } from '../support/bundle-worker.ts'
import type { AuthorizationServers } from './authorization-server.ts'
import type { Running } from './processes.ts'
import { runSuite } from './run.ts'

runSuite({ name: 'workerd', binary: 'workerd', start }, ({ scene }) => {
  test('a resource can be created at module scope', async () => {
    const { body } = await scene.client.send({
      path: '/.well-known/oauth-protected-resource/fixed',
    })
    expect(body.toString()).toContain('"resource":"https://rs.example/fixed"')
  })

  test('two requests to a cold isolate fetch separately, and both get a response', async () => {
    const { overrides, asked } = scene.servers
    const path = '/.well-known/oauth-authorization-server/cold'
    const both = Promise.withResolvers<void>()
    // Neither gets metadata before both have requested it: a request that awaited the other would hang.
    overrides.set(path, async () => {
      if (asked.filter((each) => each === path).length === 2) both.resolve()
      await both.promise
      const { origin } = scene.servers
      return Response.json({ issuer: `${origin}/cold`, jwks_uri: `${origin}/cold/jwks` })
    })
    const token = await scene.servers.token({ issuer: 'cold' })
    const request = { path: '/cold', headers: { authorization: `Bearer ${token}` } }
    const [one, other] = await Promise.all([scene.client.send(request), scene.client.send(request)])
    expect([one.status, other.status]).toEqual([200, 200])
  })
})

async function start(servers: AuthorizationServers, suite: string): Promise<Running> {
  const miniflare = new Miniflare({
    workers: [
      {
        name: 'fixture',
        modules: true,
        script: await bundleWorker('test/runtimes/worker.ts'),
        compatibilityDate: COMPATIBILITY_DATE,
        bindings: { RUNTIME_SUITE: JSON.parse(suite) },
        // The only egress, which reaches the authorization servers only.
        outboundService: async ({ url }: { readonly url: string }) => {
          const { origin, pathname } = new URL(url)
          if (origin !== servers.origin) throw new Error(`egress to ${origin}`)
          const { status, headers, body } = await servers.respond(pathname)
          return new WorkerdResponse(body, { status, headers: [...headers] })
        },
        unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
      },
    ],
  })
  const { origin } = await miniflare.unsafeGetDirectURL('fixture')
  return { origin, close: () => miniflare.dispose() }
}
