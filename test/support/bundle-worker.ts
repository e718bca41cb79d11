/** Bundles a Worker as wrangler does it: one module, with the package resolved by its exports. */

import { build } from 'esbuild'

/** No later than the workerd that miniflare brings. */
export const COMPATIBILITY_DATE = '2026-06-01'

const ROOT = new URL('../..', import.meta.url).pathname

export async function bundleWorker(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*'],
    logLevel: 'error',
  })
  return outputFiles[0]?.text ?? ''
}
