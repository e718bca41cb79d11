/** Ways to break a correct site, one response at a time. */

import { type Break, changed, edited, METADATA_PATH, type SiteOptions } from './site.ts'

export interface Planted extends SiteOptions {
  readonly title: string
  /** Every finding but passes, as `level id`; the intended one first. */
  readonly findings: readonly string[]
  /** Claims of the token for the examination; without them, it runs without a token. */
  readonly token?: Record<string, unknown>
}

export const PATH = '/mcp'
export const LEGACY = '/.well-known/oauth-authorization-server'

/** Replaces the responses to some requests at one path. */
export function at(
  path: string,
  replace: Break,
  matches: (request: Request) => boolean = () => true,
): Break {
  return (request, context) =>
    new URL(request.url).pathname === path && matches(request)
      ? replace(request, context)
      : undefined
}

export const isPost = (request: Request) => request.method === 'POST'
export const isPreflight = (request: Request) => request.method === 'OPTIONS'
export const isAnonymous = (request: Request) =>
  isPost(request) && !request.headers.has('Authorization')
export const isGarbage = (request: Request) =>
  request.headers.get('Authorization')?.includes('not-a-token') ?? false
/** Whether the request has a JWT, valid or forged. */
export const hasJwt = (request: Request) =>
  request.headers.get('Authorization')?.split('.').length === 3

/** The challenge of every 401, rewritten. */
export function challenge(rewrite: (header: string) => string | null, when = isPost): Break {
  return at(
    PATH,
    async (_request, { good }) => {
      const response = await good()
      const header = response.headers.get('WWW-Authenticate')
      if (header === null) return response
      return changed(async () => response, { 'WWW-Authenticate': rewrite(header) })
    },
    when,
  )
}

export const status = (code: number, when = isAnonymous): Break =>
  at(PATH, () => new Response('no', { status: code }), when)

export const document = (members: Record<string, unknown>): Break =>
  at(METADATA_PATH, (request, { good }) =>
    request.method === 'GET' ? edited(good, members) : undefined,
  )

export const documentHeaders = (
  headers: Record<string, string | null>,
  when?: typeof isPost,
): Break => at(METADATA_PATH, (_request, { good }) => changed(good, headers), when)

/** Changes the metadata documents of the authorization server: all, or those whose URL contains `only`. */
export function authority(members: Record<string, unknown>, only = '/.well-known/'): Break {
  return (request, { good }) =>
    request.method === 'GET' && request.url.includes(only) ? edited(good, members) : undefined
}

export const keys = (set: unknown): Break => {
  return (request) => (request.url.endsWith('/jwks') ? Response.json(set) : undefined)
}

export const rpc: Break = async (request) => {
  const { id } = (await request.clone().json()) as { id: number }
  return Response.json({ jsonrpc: '2.0', id, result: { tools: [] } })
}

export const EC = { kty: 'EC', crv: 'P-256', x: 'x'.repeat(43), y: 'y'.repeat(43), alg: 'ES256' }
