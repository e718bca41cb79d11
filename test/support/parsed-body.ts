/** Requests of a framework that has parsed the body and passes the message to `authenticate()`. */

import { type AuthContext, authenticate, type HostFacts, type Rejection } from '../../src/index.ts'
import { RESOURCE } from './issuer.ts'
import { callTool, post } from './mcp.ts'
import { bearer, type Scene } from './scene.ts'

export interface ParsedBodyOptions {
  readonly scope?: string
  /** Method, headers and the body that `authenticate()` must not read. */
  readonly init?: RequestInit
  /** Whether the request has a token. @default true */
  readonly token?: boolean
}

/** Decides about a request whose body is this message. */
export async function sendParsed(
  scene: Scene,
  body: unknown,
  { scope = 'read', init = post(callTool('delete')), token = true }: ParsedBodyOptions = {},
): Promise<Response> {
  const headers = new Headers(init.headers)
  if (token) headers.set('Authorization', await bearer(scene, scope))
  return authenticateWith(scene, new Request(RESOURCE, { ...init, headers }), { body })
}

/** Calls `authenticate()` with these facts, and then the handler. */
export async function authenticateWith(
  scene: Scene,
  request: Request,
  host: HostFacts,
): Promise<Response> {
  const auth: AuthContext | Rejection = await authenticate(request, scene.resource, undefined, host)
  if (!auth.ok) return auth
  scene.runs.push(auth)
  return new Response('done')
}
