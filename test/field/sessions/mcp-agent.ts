/** A server of Cloudflare's `McpAgent`, bundled and run in workerd without a network. */

import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { Miniflare } from 'miniflare'

const NODE_MODULES = ['async_hooks', 'buffer', 'crypto', 'events', 'path', 'stream', 'util']

/** Starts the Worker of worker.ts. It has no guard of its own. */
export async function startMcpAgent(): Promise<{
  handle: (request: Request) => Promise<Response>
  close: () => Promise<void>
}> {
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL('worker.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    // workerd has Node's modules under their full names only.
    alias: Object.fromEntries(NODE_MODULES.map((name) => [name, `node:${name}`])),
    logLevel: 'silent',
  })
  const miniflare = new Miniflare({
    modules: true,
    script: bundle.outputFiles[0]?.text ?? '',
    compatibilityDate: '2026-01-01',
    compatibilityFlags: ['nodejs_compat'],
    durableObjects: { NOTES: { className: 'Notes', useSQLite: true } },
    outboundService: () => new Response('no network in this test', { status: 502 }) as never,
  })
  await miniflare.ready
  return {
    handle: async (request) => {
      const { method, headers, url } = request
      const body = method === 'GET' || method === 'DELETE' ? undefined : await request.text()
      const init = { method, headers: [...headers], ...(body === undefined ? {} : { body }) }
      return (await miniflare.dispatchFetch(url, init as never)) as unknown as Response
    },
    close: () => miniflare.dispose(),
  }
}
