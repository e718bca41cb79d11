import { serve } from '@hono/node-server'
import type { Running } from '../runtimes/processes.ts'
import { testExample } from './example.ts'

/** What Next makes of a file called `route.ts`: a function for each method. */
type Route = Readonly<Record<string, (request: Request) => Response | Promise<Response>>>

testExample({
  name: 'next',
  binary: 'node',
  async start(resource, { issuer }) {
    Object.assign(process.env, { RESOURCE: resource, ISSUER: issuer.issuer })
    return serveRoutes({
      '/mcp': await import('../../examples/next/app/mcp/route.ts'),
      '/.well-known/oauth-protected-resource/mcp': await import(
        '../../examples/next/app/.well-known/oauth-protected-resource/mcp/route.ts'
      ),
    })
  },
})

/** Next itself is no dependency; this is all it does with route handlers. */
function serveRoutes(routes: Readonly<Record<string, Route>>): Promise<Running> {
  const fetch = (request: Request) =>
    routes[new URL(request.url).pathname]?.[request.method]?.(request) ??
    new Response(null, { status: 404 })
  return new Promise((resolve) => {
    const options = { fetch, hostname: '127.0.0.1', port: 0, overrideGlobalObjects: false }
    const server = serve(options, ({ port }) => {
      const close = () => new Promise<void>((closed) => server.close(() => closed()))
      resolve({ origin: `http://127.0.0.1:${port}`, close })
    })
  })
}
