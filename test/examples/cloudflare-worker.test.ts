import { readFileSync } from 'node:fs'
import { Miniflare, Response as WorkerdResponse } from 'miniflare'
import { ALGORITHMS } from '../support/binding.ts'
import { bundleWorker } from '../support/bundle-worker.ts'
import { testExample } from './example.ts'
import type { LoopbackIssuer } from './issuer.ts'

/** As much of wrangler.jsonc as the example uses. */
interface Configuration {
  readonly name: string
  readonly main: string
  readonly compatibility_date: string
  readonly kv_namespaces: readonly { readonly binding: string; readonly id: string }[]
  readonly durable_objects: {
    readonly bindings: readonly { readonly name: string; readonly class_name: string }[]
  }
  readonly migrations: readonly { readonly new_sqlite_classes: readonly string[] }[]
}

const FOLDER = 'examples/cloudflare-worker'

testExample({
  name: 'cloudflare-worker',
  binary: 'workerd',
  metadata: { dpop_signing_alg_values_supported: ALGORITHMS },
  challenges: (resourceMetadata, status) =>
    `, DPoP ${status === 401 ? 'scope="notes:read", ' : ''}algs="${ALGORITHMS.join(' ')}", resource_metadata="${resourceMetadata}"`,
  start,
})

/** What `wrangler dev` makes of the configuration. */
async function start(resource: string, { issuer, answer }: LoopbackIssuer) {
  const configuration = readConfiguration()
  const { name, main, compatibility_date, kv_namespaces, durable_objects } = configuration
  const sqlite = configuration.migrations.flatMap((each) => each.new_sqlite_classes)
  const miniflare = new Miniflare({
    workers: [
      {
        name,
        modules: true,
        script: await bundleWorker(`${FOLDER}/${main}`),
        compatibilityDate: compatibility_date,
        bindings: {
          RESOURCE: resource,
          ISSUER: issuer.issuer,
          DOCUMENTS_SECRET: 'thirty-two characters, or more of them',
        },
        kvNamespaces: Object.fromEntries(kv_namespaces.map(({ binding, id }) => [binding, id])),
        durableObjects: Object.fromEntries(
          durable_objects.bindings.map(({ name: binding, class_name: className }) => [
            binding,
            { className, useSQLite: sqlite.includes(className) },
          ]),
        ),
        // The only way out.
        outboundService: async ({ url }: { readonly url: string }) => {
          const { origin, pathname } = new URL(url)
          if (origin !== issuer.issuer) throw new Error(`egress to ${origin}`)
          const { status, headers, body } = await answer(pathname)
          return new WorkerdResponse(body, { status, headers: [...headers] })
        },
        unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
      },
    ],
  })
  const { origin } = await miniflare.unsafeGetDirectURL(name)
  return { origin, close: () => miniflare.dispose() }
}

/** JSON with comments on lines of their own. */
function readConfiguration(): Configuration {
  const text = readFileSync(new URL(`../../${FOLDER}/wrangler.jsonc`, import.meta.url), 'utf8')
  return JSON.parse(text.replaceAll(/^\s*\/\/.*$/gm, '')) as Configuration
}
