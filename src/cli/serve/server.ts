/** The HTTP server of `serve`: health, identity keys, metadata, and guarded requests. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { protect } from '../../../adapters/node/index.ts'
import { convertRequest, isRequest } from '../../../adapters/node/request.ts'
import { send, sendFailure } from '../../../adapters/node/send.ts'
import { publishedDocument } from '../../../adapters/shared/middleware.ts'
import { identityKeysResponse } from '../../gateway/identity-keys.ts'
import { unpublishedResponse } from '../../response/metadata-responses.ts'
import type { ServeConfig } from './config.ts'
import { HEALTH_PATH, KEYS_PATH } from './own-paths.ts'

/** Access tokens are up to 16 KiB long, and other fields come beside them. */
const MAX_HEADER_BYTES = 32_768
/** Proxies reuse an idle connection for up to a minute: a request must not meet the end of its connection. */
const KEEP_ALIVE_MS = 75_000

/**
 * A server that does not listen yet.
 *
 * @param isServing Whether it accepts new work.
 * @param report Receives what the log of decisions does not show: an allowed request that failed behind the gateway.
 */
export function createGatewayServer(
  config: ServeConfig,
  isServing: () => boolean,
  report: (text: string) => void = () => {},
): Server {
  const guarded =
    config.decide === undefined ? forwarding(config, report) : deciding(config, config.decide)
  const options = { maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: KEEP_ALIVE_MS }
  return createServer(options, (req, res) => {
    const path = (req.url ?? '').split('?', 1)[0]
    if (path === HEALTH_PATH && isRead(req)) return sendHealth(res, isServing())
    if (path === KEYS_PATH && config.keys.length > 0) return sendKeys(req, res, config)
    // After the end of service a connection is not used again.
    if (!isServing()) res.setHeader('Connection', 'close')
    guarded(req, res)
  })
}

type Listener = (req: IncomingMessage, res: ServerResponse) => unknown

function forwarding(
  { resources, forwarders }: ServeConfig,
  report: (text: string) => void,
): Listener {
  return protect(resources, async (request, auth) => {
    const forward = forwarders.get(auth.identifier)
    if (forward === undefined) throw new TypeError('There is no upstream for this resource.')
    const response = await forward(request, auth)
    const failure = FAILURES[response.status]
    if (failure !== undefined) report(`The server behind ${auth.identifier} ${failure}.\n`)
    return response
  })
}

const FAILURES: Readonly<Record<number, string>> = {
  502: 'cannot be reached, or does not accept the gateway (502)',
  504: 'did not respond in time (504)',
}

/** Sub-requests of a proxy. Clients reach only the metadata here, through a rule of the proxy. */
function deciding(
  { resources }: ServeConfig,
  decide: (request: Request) => Promise<Response>,
): Listener {
  const { origin } = new URL(resources[0]?.identifier ?? 'http://localhost')
  return async (req, res) => {
    try {
      const request = convertRequest(req, res, origin)
      const response = isRequest(request)
        ? ((await publishedDocument(request, resources)) ??
          unpublishedResponse(request) ??
          (await decide(request)))
        : request
      await send(response, res, req.method ?? 'GET')
    } catch (error) {
      sendFailure(res)(error as Error)
    }
  }
}

function sendHealth(res: ServerResponse, isServing: boolean): void {
  const headers = { 'Content-Type': 'text/plain', 'Cache-Control': 'no-store' }
  res.writeHead(isServing ? 200 : 503, headers).end(isServing ? 'ok\n' : 'ending\n')
}

function sendKeys(req: IncomingMessage, res: ServerResponse, { keys }: ServeConfig): void {
  const request = new Request('http://localhost/', { method: isRead(req) ? 'GET' : 'POST' })
  identityKeysResponse(request, keys)
    .then((response) => send(response, res, req.method ?? 'GET'))
    .catch(sendFailure(res))
}

function isRead({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD'
}
