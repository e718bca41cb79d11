/** A correct MCP server and authorization server on loopback, in which a test replaces some responses. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ProtectedResourceOptions, protect, protectedResource } from '../../src/index.ts'
import { createTestIssuer, type TestIssuer } from '../../src/testing/index.ts'

export const PAGE = 'http://localhost:6274'
export const METADATA_PATH = '/.well-known/oauth-protected-resource/mcp'

/** What a `Break` can use. */
export interface Context {
  readonly url: string
  readonly origin: string
  readonly issuer: TestIssuer
  /** The correct response, to this request or to another. */
  readonly good: (instead?: Request) => Promise<Response>
}

export type Break = (
  request: Request,
  context: Context,
) => Response | undefined | Promise<Response | undefined>

export interface SiteOptions {
  /** Responds instead of the MCP server; `undefined`: the correct response. */
  readonly server?: Break
  /** The same for the authorization server. */
  readonly authority?: Break
  readonly resource?: Partial<ProtectedResourceOptions>
  readonly metadata?: Record<string, unknown>
  /** Where the MCP endpoint is. @default '/mcp' */
  readonly path?: string
}

export interface Site {
  readonly url: string
  readonly issuer: TestIssuer
  /** Every request to either server, in order. */
  readonly seen: { readonly origin: string; readonly request: Request }[]
  close(): Promise<void>
}

export async function startSite(options: SiteOptions = {}): Promise<Site> {
  const seen: Site['seen'] = []
  let context: Context | undefined
  const authority = await listen(async (request) => {
    seen.push({ origin: authority.origin, request: request.clone() })
    const good = (instead = request) => serveAuthority(issuer, instead)
    return (await options.authority?.(request, { ...(context as Context), good })) ?? good()
  })
  const issuer = createTestIssuer({
    issuer: `${authority.origin}/tenant`,
    metadata: {
      scopes_supported: ['notes:read'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
      registration_endpoint: `${authority.origin}/tenant/register`,
      ...options.metadata,
    },
  })
  const server = await listen(async (request) => {
    seen.push({ origin: server.origin, request: request.clone() })
    const good = (instead = request) => serve(instead)
    return (await options.server?.(request, { ...(context as Context), good })) ?? good()
  })
  const url = `${server.origin}${options.path ?? '/mcp'}`
  context = { url, origin: server.origin, issuer, good: () => Promise.reject(new Error('none')) }
  const resource = protectedResource({
    resource: url,
    authorizationServers: [issuer.issuer],
    scopesSupported: ['notes:read'],
    requiredScopes: ['notes:read'],
    origins: [PAGE],
    fetch: issuer.fetch,
    ...options.resource,
  })
  const serve = protect(resource, handle)
  return {
    url,
    issuer,
    seen,
    close: async () => {
      await Promise.all([server.close(), authority.close()])
    },
  }
}

/** A correct response with changed headers; `null` removes one. */
export async function changed(
  good: () => Promise<Response>,
  headers: Record<string, string | null>,
  status?: number,
): Promise<Response> {
  const response = await good()
  const all = new Headers(response.headers)
  for (const [name, value] of Object.entries(headers)) {
    if (value === null) all.delete(name)
    else all.set(name, value)
  }
  const body = [204, 304].includes(status ?? response.status) ? null : await response.text()
  return new Response(body, { status: status ?? response.status, headers: all })
}

/** A correct JSON document with changed members; `undefined` removes one. */
export async function edited(
  good: () => Promise<Response>,
  members: Record<string, unknown>,
): Promise<Response> {
  const response = await good()
  if (response.status !== 200) return response
  const headers = new Headers(response.headers)
  headers.delete('Content-Length')
  const document = { ...((await response.json()) as object), ...members }
  return new Response(JSON.stringify(document), { headers })
}

/** Documents name hosts beyond this machine: these do not respond. */
export async function fetchLocal(url: string, init: RequestInit): Promise<Response> {
  if (new URL(url).hostname !== '127.0.0.1') throw new TypeError('fetch failed')
  return fetch(url, init)
}

/** A minimal MCP server. */
async function handle(request: Request): Promise<Response> {
  if (request.method !== 'POST') return new Response(null, { status: 405 })
  const { id, method } = (await request.json()) as { id: number; method: string }
  const results: Record<string, unknown> = {
    initialize: { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'notes' } },
    'tools/list': { tools: [{ name: 'list_notes', inputSchema: {} }] },
  }
  const result = results[method]
  return Response.json(
    result === undefined
      ? { jsonrpc: '2.0', id, error: { code: -32602, message: 'Unknown tool' } }
      : { jsonrpc: '2.0', id, result },
  )
}

async function serveAuthority(issuer: TestIssuer, request: Request): Promise<Response> {
  const headers = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*' }
  if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers })
  return changed(() => issuer.fetch(request), headers)
}

async function listen(
  respond: (request: Request) => Promise<Response>,
): Promise<{ origin: string; close: () => Promise<void> }> {
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk as Buffer)
    const body = ['GET', 'HEAD'].includes(req.method ?? '') ? null : Buffer.concat(chunks)
    const request = new Request(`${origin}${req.url}`, {
      method: req.method ?? 'GET',
      headers: req.headers as Record<string, string>,
      body,
    })
    try {
      const response = await respond(request)
      res.writeHead(response.status, [...response.headers].flat())
      // Send the headers without waiting for the body: it may never arrive.
      res.flushHeaders()
      res.end(Buffer.from(await response.arrayBuffer()))
    } catch {
      // A `Break` that throws closes the connection.
      res.destroy()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { origin, close }
}
