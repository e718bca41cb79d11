/** Bundles a program into one script and runs it in Vercel's edge runtime. */

import { EdgeRuntime, runServer } from 'edge-runtime'
import { build } from 'esbuild'

const bundle = await build({
  stdin: {
    contents: `import handle from './${process.argv[2]}'
      addEventListener('fetch', (event) => event.respondWith(handle(event.request)))`,
    resolveDir: process.cwd(),
  },
  bundle: true,
  write: false,
  platform: 'browser',
  conditions: ['edge-light', 'workerd', 'browser'],
  define: {
    'process.env': JSON.stringify({
      RESOURCE: process.env['RESOURCE'],
      ISSUER: process.env['ISSUER'],
    }),
  },
  logLevel: 'error',
})
const runtime = new EdgeRuntime({ initialCode: bundle.outputFiles[0]?.text ?? '' })
const { url } = await runServer({ runtime, host: '127.0.0.1', port: 0 })
console.log(url.replace('localhost', '127.0.0.1').replace(/\/$/, ''))
