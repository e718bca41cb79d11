/** A gateway in front of an upstream, reached in memory through `fetch`, or over a socket through Node's pipe. */

import { createServer } from 'node:http'
import { protect as protectNode } from '../../adapters/node/index.ts'
import { type ForwardOptions, forward, type Upstream } from '../../src/gateway/index.ts'
import { protect, type Requirements } from '../../src/index.ts'
import { createClient } from '../support/http-client.ts'
import { METADATA_URL, RESOURCE } from '../support/issuer.ts'
import { asResponse, portOf, start } from '../support/node-server.ts'
import { createScene, type Scene, type SceneOptions } from '../support/scene.ts'

export { METADATA_URL, RESOURCE }

export interface Asked {
  readonly method?: string
  readonly path?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

export interface GatewayScene extends Pick<Scene, 'issuer' | 'resource' | 'events'> {
  /** Sends a request with a good token, unless its headers say otherwise. */
  ask(request?: Asked): Promise<Response>
}

export interface GatewayOptions extends ForwardOptions {
  readonly scene?: SceneOptions
  readonly requirements?: Requirements
  /** What the handler does with the response of `forward()`. */
  readonly change?: (response: Response) => Response | Promise<Response>
}

export type Way = 'fetch' | 'pipe'
export const WAYS: readonly Way[] = ['fetch', 'pipe']

export async function createGateway(
  way: Way,
  upstream: Upstream,
  { scene: options, requirements, change, ...forwarding }: GatewayOptions = {},
): Promise<GatewayScene> {
  const scene = await createScene(options)
  const { issuer, resource, events } = scene
  const pass = forward(upstream, forwarding)
  const handler: typeof pass =
    change === undefined ? pass : async (request, auth) => change(await pass(request, auth))
  const needs = requirements as Requirements & { optional?: false }
  const token = await issuer.token()
  const withToken = (headers: Record<string, string> = {}): Record<string, string> =>
    'authorization' in headers ? headers : { authorization: `Bearer ${token}`, ...headers }
  if (way === 'fetch') {
    const handle = protect(resource, handler, needs)
    return {
      issuer,
      resource,
      events,
      ask: ({ method = 'POST', path = '/mcp', headers, body } = {}) =>
        handle(
          new Request(`https://rs.example${path}`, {
            method,
            headers: nonEmpty(withToken(headers)),
            ...(body === undefined ? {} : { body }),
          }),
        ),
    }
  }
  const server = await start(createServer(protectNode(resource, handler, needs)))
  const client = createClient(`http://127.0.0.1:${portOf(server)}`)
  return {
    issuer,
    resource,
    events,
    ask: async ({ method = 'POST', path = '/mcp', headers, body } = {}) => {
      const sent = { method, path, headers: nonEmpty(withToken(headers)) }
      const received = await client.send(body === undefined ? sent : { ...sent, body })
      const isEmpty = [204, 304].includes(received.status)
      return isEmpty
        ? new Response(null, { status: received.status, headers: received.headers })
        : asResponse(received)
    },
  }
}

/** An empty `authorization` means none. */
function nonEmpty(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name, value]) => name !== 'authorization' || value !== ''),
  )
}
