/** Tries dynamic client registration with metadata that every server must reject (RFC 7591 §3.2.2). */

import { parseObjectText } from '../../lib/json.ts'
import { isSecureTransport, parseUrl } from '../../lib/safe-url.ts'
import { type Exchange, type HttpClient, notSent } from './http-client.ts'
import { findBlockReason } from './url-guard.ts'

/** Not a URI at all (RFC 6749 §3.1.2). */
const REDIRECT_URI = 'not a redirect URI of mcp-gatehouse doctor'

/** The response to such a registration. A client that a server creates all the same is deleted. */
export async function tryRegistration(
  client: HttpClient,
  endpoint: unknown,
  target: URL,
): Promise<Exchange | undefined> {
  const url = typeof endpoint === 'string' ? parseUrl(endpoint) : undefined
  if (url === undefined || !isSecureTransport(url, false)) return undefined
  const reason = findBlockReason(url.href, target)
  if (reason !== undefined) return notSent(url.href, reason)
  const exchange = await client.send({
    method: 'POST',
    url: url.href,
    headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
    body: JSON.stringify({
      client_name: 'mcp-gatehouse doctor: an invalid registration',
      redirect_uris: [REDIRECT_URI],
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    }),
  })
  await deleteClient(client, exchange, url)
  return exchange
}

/** RFC 7592 §2.3. Only at the server that created it: a response must not make the doctor delete anything else. */
async function deleteClient(
  client: HttpClient,
  exchange: Exchange,
  { origin }: URL,
): Promise<void> {
  if (exchange.status < 200 || exchange.status > 299) return
  const { registration_client_uri: url, registration_access_token: token } =
    parseObjectText(exchange.body) ?? {}
  if (typeof url !== 'string' || typeof token !== 'string') return
  if (parseUrl(url)?.origin !== origin) return
  await client.send({ method: 'DELETE', url, headers: { Authorization: `Bearer ${token}` } })
}
