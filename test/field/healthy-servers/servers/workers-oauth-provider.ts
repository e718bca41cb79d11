/** Cloudflare's workers-oauth-provider, in workerd. */

import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { Miniflare } from 'miniflare'
import { freePort, type Started } from './start.ts'

export async function startWorkersOauthProvider(): Promise<Started> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/mcp`
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('worker.ts', import.meta.url))],
    define: { RESOURCE: JSON.stringify(url) },
    bundle: true,
    format: 'esm',
    write: false,
    external: ['cloudflare:*', 'node:*'],
    conditions: ['workerd', 'worker'],
  })
  const miniflare = new Miniflare({
    modules: true,
    script: outputFiles[0]?.text ?? '',
    compatibilityDate: '2026-06-01',
    compatibilityFlags: ['nodejs_compat', 'global_fetch_strictly_public'],
    kvNamespaces: ['OAUTH_KV'],
    host: '127.0.0.1',
    port,
  })
  await miniflare.ready
  return { url, close: () => miniflare.dispose() }
}
