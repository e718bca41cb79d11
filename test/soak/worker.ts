/** Serves the app on workerd. */

import { protect } from 'mcp-gatehouse'
import { type App, createApp } from './app.ts'

interface Env {
  readonly SOAK_ISSUER: string
}

let app: App | undefined
let handle: ((request: Request) => Promise<Response>) | undefined

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { origin, pathname } = new URL(request.url)
    app ??= createApp({ resource: `${origin}/mcp`, issuer: env.SOAK_ISSUER })
    if (pathname === '/soak') return Response.json({ records: app.takeRecords() })
    if (pathname === '/soak/memory') {
      const { gc } = globalThis as { gc?: () => void }
      gc?.()
      return new Response()
    }
    const { resource, answer } = app
    handle ??= protect(resource, answer)
    return handle(request)
  },
}
