/** Starts the gateway of every runtime, and a real server behind it, for the files of tests. */

import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request as open } from 'node:http'
import { exportJWK, generateKeyPair } from 'jose'
import type { Jwk } from 'mcp-gatehouse'
import { Miniflare } from 'miniflare'
import { afterAll, beforeAll, test } from 'vitest'
import { bundleWorker, COMPATIBILITY_DATE } from '../support/bundle-worker.ts'
import { TOKEN } from './gateway-app.ts'
import { type Arrival, type RecordedUpstream, startUpstream } from './gateway-upstream.ts'
import { absence, type Running, start } from './processes.ts'

export type Headers = Readonly<Record<string, string>>

/** Starts a gateway. @param origin Of the server behind it. */
export type Begin = (config: string, origin: string) => Promise<Running>

const RUNTIMES: Readonly<Record<string, Begin>> = {
  node: (GATEWAY) => start('node', ['test/runtimes/gateway-node.ts'], { GATEWAY }),
  bun: (GATEWAY) => start('bun', ['test/runtimes/gateway-bun.ts'], { GATEWAY }),
  deno: (GATEWAY, origin) => {
    const net = `--allow-net=127.0.0.1:0,${new URL(origin).host}`
    const flags = ['--no-prompt', '--allow-env', '--allow-read', '--no-lock', '--no-remote', net]
    const argv = ['run', ...flags, '--node-modules-dir=manual', 'test/runtimes/gateway-deno.ts']
    return start('deno', argv, { GATEWAY })
  },
  workerd: async (config) => {
    const miniflare = new Miniflare({
      workers: [
        {
          name: 'gateway',
          modules: true,
          script: await bundleWorker('test/runtimes/gateway-worker.ts'),
          compatibilityDate: COMPATIBILITY_DATE,
          bindings: { GATEWAY: JSON.parse(config) },
          unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
        },
      ],
    })
    const { origin } = await miniflare.unsafeGetDirectURL('gateway')
    return { origin, close: () => miniflare.dispose() }
  },
}

/** Names and starters, for `describe.each`. */
export const GATEWAYS = Object.entries(RUNTIMES)

export interface GatewayScene {
  readonly upstream: RecordedUpstream
  /** The public key of the identity. */
  readonly published: Jwk
}

/** Runs a gateway for the tests of the suite around the call, and skips them where the runtime is missing. */
export function useGateway(name: string, begin: Begin) {
  const missing = absence(name)
  if (missing !== undefined) console.warn(`The gateway is not tried on ${name}: ${missing}.`)
  const it = missing === undefined ? test : test.skip
  let current: GatewayScene | undefined
  let running: Running | undefined

  beforeAll(async () => {
    const upstream = await startUpstream()
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    const named = { kid: 'gateway-1', alg: 'ES256' }
    const key = { ...(await exportJWK(privateKey)), ...named }
    current = { upstream, published: { ...(await exportJWK(publicKey)), ...named } as Jwk }
    const config = JSON.stringify({ upstream: upstream.origin, key })
    if (missing === undefined) running = await begin(config, upstream.origin)
  })
  afterAll(async () => {
    await running?.close()
    await current?.upstream.close()
  })

  const scene = (): GatewayScene => {
    if (current === undefined) throw new Error('The scene is there inside of a test only.')
    return current
  }

  /** Opens a request with the token. Its body is still to be sent. */
  const send = (method: string, path = '/mcp', headers: Headers = {}): ClientRequest => {
    const { hostname, port } = new URL(running?.origin ?? '')
    const sent = { Host: 'rs.example', Authorization: `Bearer ${TOKEN}`, ...headers }
    const sending = open({ hostname, port, method, path, headers: sent, agent: false })
    return sending.on('error', () => {})
  }

  /** Sends a whole request, and waits until it has arrived behind the gateway. */
  const exchange = async (
    method: string,
    path?: string,
    headers?: Headers,
    body?: string | Buffer,
  ): Promise<Arrival & { readonly response: Promise<IncomingMessage> }> => {
    const arriving = scene().upstream.next()
    const sending = send(method, path, headers)
    const response = responseOf(sending)
    sending.end(body)
    return { ...(await arriving), response }
  }

  return { it, unlessOnWorkerd: name === 'workerd' ? test.skip : it, scene, send, exchange }
}

export async function responseOf(sending: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(sending, 'response')) as [IncomingMessage]
  return response
}

export async function readAll(message: IncomingMessage): Promise<Buffer> {
  return Buffer.concat(await message.toArray())
}
