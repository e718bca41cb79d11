/** The servers that a page asks: its own, and resources of which a test knows the keys. */

import { createServer, type Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { protect } from '../../adapters/node/index.ts'
import { listen, stop } from '../../examples/demo/listen.ts'
import {
  type AnonymousContext,
  type AuthContext,
  type ProtectedResourceOptions,
  protectedResource,
  type Requirements,
} from '../../src/index.ts'
import { createTestIssuer, type TestIssuer } from '../../src/testing/index.ts'

/** A stream of one event that its server does not end. */
export function endless(): ReadableStream<Uint8Array> {
  const event = new TextEncoder().encode('data: hello\n\n')
  return new ReadableStream({ start: (controller) => controller.enqueue(event) })
}

/** A resource with an issuer of its own. */
export async function serveGuarded(
  options: Partial<ProtectedResourceOptions>,
  handler: (request: Request, auth: AuthContext | AnonymousContext) => Response,
  requirements?: Requirements,
): Promise<{ url: string; issuer: TestIssuer; close(): Promise<void> }> {
  const server = createServer((req, res) => listener(req, res))
  const url = `${await listen(server)}/mcp`
  const issuer = createTestIssuer({ resource: url })
  const { fetch } = issuer
  const authorizationServers = [issuer.issuer]
  const resource = protectedResource({ resource: url, authorizationServers, fetch, ...options })
  const listener = protect(resource, handler, requirements as { optional: true })
  return { url, issuer, close: () => stop(server) }
}

export interface PageServer {
  readonly origin: string
  close(): Promise<void>
}

/** Serves the page at every path of a separate origin. */
export async function servePage(script: string): Promise<PageServer> {
  const server: Server = createServer((request, response) => {
    const isScript = request.url === '/page.js'
    response.writeHead(200, { 'Content-Type': isScript ? 'text/javascript' : 'text/html' })
    response.end(
      isScript ? script : '<!doctype html><title>Page</title><script src="/page.js"></script>',
    )
  })
  const origin = await listen(server)
  return { origin, close: () => stop(server) }
}

export async function bundle(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(name, import.meta.url))],
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2023',
    write: false,
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}
