/** Bundles a Worker and serves it in workerd. Of the network it has the authorization server. */

import { resolve } from 'node:path'
import { build } from 'esbuild'
import { Miniflare, Response } from 'miniflare'

const NODE_MODULES = ['async_hooks', 'buffer', 'crypto', 'events', 'path', 'stream', 'util']
const { RESOURCE = '', ISSUER = '' } = process.env

const bundle = await build({
  entryPoints: [resolve(process.argv[2] ?? '')],
  bundle: true,
  write: false,
  metafile: true,
  outfile: 'worker.js',
  format: 'esm',
  platform: 'browser',
  conditions: ['workerd', 'worker', 'browser'],
  external: ['cloudflare:*', 'node:*'],
  nodePaths: [resolve(import.meta.dirname, 'node_modules')],
  // workerd has Node's modules under their full names only.
  alias: Object.fromEntries(NODE_MODULES.map((name) => [name, `node:${name}`])),
  logLevel: 'error',
})
const exported = bundle.metafile.outputs['worker.js']?.exports ?? []
const miniflare = new Miniflare({
  workers: [
    {
      name: 'notes',
      modules: true,
      script: bundle.outputFiles[0]?.text ?? '',
      compatibilityDate: '2026-06-01',
      compatibilityFlags: ['nodejs_compat'],
      // Workers make no random values before their first request.
      bindings: { RESOURCE, ISSUER, SESSION_SECRET: 'a secret of at least thirty-two bytes' },
      durableObjects: exported.includes('Notes')
        ? { NOTES: { className: 'Notes', useSQLite: true } }
        : {},
      outboundService: async ({ url }: { readonly url: string }) => {
        if (new URL(url).origin !== ISSUER) return new Response('no network', { status: 502 })
        const { status, headers, body } = await fetch(url)
        return new Response(body as never, { status, headers: [...headers] })
      },
      unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
    },
  ],
})
console.log((await miniflare.unsafeGetDirectURL('notes')).origin)
