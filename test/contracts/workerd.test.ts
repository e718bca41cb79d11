import { Miniflare, Response as WorkerdResponse } from 'miniflare'
import { expect, test, vi } from 'vitest'
import type { AuthorizationServers } from '../runtimes/authorization-server.ts'
import { absence } from '../runtimes/processes.ts'
import { bundleWorker, COMPATIBILITY_DATE } from '../support/bundle-worker.ts'
import { unchecked } from '../support/unchecked.ts'
import { type Cluster, testEngine } from './cluster.ts'

const missing = absence('workerd')
let miniflare: Miniflare

testEngine(
  { name: 'Workers KV and Durable Objects', missing, start: (servers) => start(servers, 'kv') },
  (stage) => {
    // Objects are named after the first character of a key. No digest begins with these characters.
    test('the replay object deletes expired keys', async () => {
      const [one] = stage().members
      const inspect = await objectOf('!')
      const expiresAt = Date.now() / 1000 + 0.5
      for (const name of ['!a', '!b', '!c']) expect(await one.add(name, expiresAt)).toBe(true)
      await vi.waitUntil(async () => (await inspect()) === 0, { interval: 100 })
    })

    test('the replay object sets an alarm for keys that have not expired', async () => {
      const [one] = stage().members
      const inspect = await objectOf('.')
      expect(await one.add('.a', Date.now() / 1000 + 0.5)).toBe(true)
      expect(await one.add('.b', Date.now() / 1000 + 300)).toBe(true)
      await vi.waitUntil(async () => (await inspect()) === 1, { interval: 100 })
      expect(await one.add('.b', Date.now() / 1000 + 300)).toBe(false)
    })
  },
)

testEngine({
  name: 'the Cache API and Durable Objects',
  missing,
  start: (servers) => start(servers, 'cache'),
})

testEngine({
  name: 'documents in Durable Objects',
  missing,
  start: (servers) => start(servers, 'objects'),
})

/** Two Workers: two isolates, with one KV namespace, one cache and one class of objects. */
async function start(
  servers: AuthorizationServers,
  documents: 'kv' | 'cache' | 'objects',
): Promise<Cluster> {
  const script = await bundleWorker('test/contracts/worker.ts')
  const worker = (name: string) => ({
    name,
    modules: true,
    script,
    compatibilityDate: COMPATIBILITY_DATE,
    bindings: {
      AUTHORIZATION_SERVER: servers.origin,
      ...(documents === 'kv' ? {} : { DOCUMENTS: documents }),
    },
    ...(documents === 'kv' ? { kvNamespaces: { DOCUMENTS: 'documents' } } : {}),
    durableObjects: {
      // Objects can have two types of storage.
      REPLAY: { className: 'DpopReplayObject', scriptName: 'one', useSQLite: documents === 'kv' },
      OBJECTS: { className: 'DocumentObject', scriptName: 'one', useSQLite: true },
    },
    // The only egress.
    outboundService: async ({ url }: { readonly url: string }) => {
      const { origin, pathname } = new URL(url)
      if (origin !== servers.origin) throw new Error(`egress to ${origin}`)
      const { status, headers, body } = await servers.respond(pathname)
      return new WorkerdResponse(body, { status, headers: [...headers] })
    },
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
  })
  miniflare = new Miniflare({ workers: [worker('one'), worker('other')] })
  const [one, other] = [
    await miniflare.unsafeGetDirectURL('one'),
    await miniflare.unsafeGetDirectURL('other'),
  ]
  return { origins: [one.origin, other.origin], close: () => miniflare.dispose() }
}

/** The binding as a Worker sees it. Miniflare's types depend on Cloudflare's, which are not installed. */
interface Objects {
  idFromName(name: string): unknown
  get(id: unknown): { fetch(url: string): Promise<{ json(): Promise<unknown> }> }
}

/** The number of keys in the object with this name. */
async function objectOf(name: string): Promise<() => Promise<unknown>> {
  const namespace = unchecked<Objects>(await miniflare.getDurableObjectNamespace('REPLAY', 'one'))
  return async () => {
    const stub = namespace.get(namespace.idFromName(name))
    return (await stub.fetch('https://replay.example/')).json()
  }
}
