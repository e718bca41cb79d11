/**
 * Calls the server with the token that was given. This is the only file that sends it, and it sends
 * it to the URL that the person typed and to no other.
 */

import { decodeBase64url, encodeBase64url } from '../../lib/base64url.ts'
import { isObject, type JsonObject } from '../../lib/json.ts'
import { isSecureTransport } from '../../lib/safe-url.ts'
import { type CallEvidence, NO_SUCH_TOOL } from '../evidence.ts'
import { notAsked, type Visitor } from './http-client.ts'
import { endSession, initializedNotification, initializeRequest, rpcRequest } from './json-rpc.ts'

/** Makes a real call, and calls that a server must refuse. */
export async function visitWithToken(
  visitor: Visitor,
  url: URL,
  token: string,
): Promise<CallEvidence> {
  const jwt = readJwt(token)
  if (!isSecureTransport(url, false)) {
    return { jwt, initialize: notAsked(url.href, 'a token is not sent over plain http') }
  }
  const { href } = url
  const credentials = { Authorization: `Bearer ${token}` }
  const initialize = await visitor.ask(initializeRequest(href, credentials))
  const forged = jwt === undefined ? {} : await visitForged(visitor, href, token, jwt)
  if (initialize.status !== 200) return { jwt, initialize, ...forged }

  const session = initialize.headers.get('Mcp-Session-Id')
  const headers = { ...credentials, ...(session !== null && { 'Mcp-Session-Id': session }) }
  await visitor.ask(initializedNotification(href, headers))
  const list = await visitor.ask(rpcRequest(href, 'tools/list', {}, headers))
  const params = { name: NO_SUCH_TOOL, arguments: {} }
  const tool = await visitor.ask(rpcRequest(href, 'tools/call', params, headers))
  await endSession(visitor, initialize, credentials)
  return { jwt, initialize, list, tool, ...forged }
}

async function visitForged(
  visitor: Visitor,
  href: string,
  token: string,
  { header }: { readonly header: JsonObject },
): Promise<Pick<CallEvidence, 'tampered' | 'unsigned'>> {
  const [head = '', payload = '', signature = ''] = token.split('.')
  const ask = async (forged: string) => {
    const credentials = { Authorization: `Bearer ${forged}` }
    const exchange = await visitor.ask(initializeRequest(href, credentials))
    await endSession(visitor, exchange, credentials)
    return exchange
  }
  const none = encodeBase64url(new TextEncoder().encode(JSON.stringify({ ...header, alg: 'none' })))
  return {
    tampered: await ask(`${head}.${payload}.${spoil(signature)}`),
    unsigned: await ask(`${none}.${payload}.`),
  }
}

/** Another signature of the same length: its first byte is changed, which no encoding hides. */
function spoil(signature: string): string {
  const bytes = decodeBase64url(signature)
  if (bytes === undefined || bytes.length === 0) return 'AAAA'
  bytes[0] = (bytes[0] ?? 0) ^ 0xff
  return encodeBase64url(bytes)
}

function readJwt(token: string): { header: JsonObject; claims: JsonObject } | undefined {
  const [header, claims, signature, ...others] = token.split('.').map(readPart)
  if (signature === undefined || others.length > 0) return undefined
  return isObject(header) && isObject(claims) ? { header, claims } : undefined
}

function readPart(part: string): unknown {
  const bytes = decodeBase64url(part)
  if (bytes === undefined) return undefined
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return null
  }
}
