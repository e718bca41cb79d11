/** Calls the server with the given token. No other file sends the token, and it goes to the given URL only. */

import { decodeBase64url, decodeBase64urlText, encodeBase64url } from '../../lib/base64url.ts'
import { type JsonObject, parseObjectText } from '../../lib/json.ts'
import { isSecureTransport } from '../../lib/safe-url.ts'
import { type CallEvidence, NO_SUCH_TOOL } from '../evidence.ts'
import { type HttpClient, notSent } from './http-client.ts'
import { endSession, initializedNotification, initializeRequest, rpcRequest } from './json-rpc.ts'

/** Makes calls with the token, and calls with forged tokens that a server must reject. */
export async function callWithToken(
  client: HttpClient,
  url: URL,
  token: string,
): Promise<CallEvidence> {
  const jwt = readJwt(token)
  const parts = token.split('.').length
  if (!isSecureTransport(url, false)) {
    return { parts, jwt, initialize: notSent(url.href, 'a token is not sent over plain http') }
  }
  const { href } = url
  const credentials = { Authorization: `Bearer ${token}` }
  const initialize = await client.send(initializeRequest(href, credentials))
  const forged = jwt === undefined ? {} : await callWithForgedTokens(client, href, token, jwt)
  if (initialize.status !== 200) return { parts, jwt, initialize, ...forged }

  const session = initialize.headers.get('Mcp-Session-Id')
  const headers = { ...credentials, ...(session !== null && { 'Mcp-Session-Id': session }) }
  await client.send(initializedNotification(href, headers))
  const list = await client.send(rpcRequest(href, 'tools/list', {}, headers))
  const params = { name: NO_SUCH_TOOL, arguments: {} }
  const tool = await client.send(rpcRequest(href, 'tools/call', params, headers))
  await endSession(client, initialize, credentials)
  return { parts, jwt, initialize, list, tool, ...forged }
}

async function callWithForgedTokens(
  client: HttpClient,
  href: string,
  token: string,
  { header }: { readonly header: JsonObject },
): Promise<Pick<CallEvidence, 'tampered' | 'unsigned'>> {
  const [head = '', payload = '', signature = ''] = token.split('.')
  const initializeWith = async (forged: string) => {
    const credentials = { Authorization: `Bearer ${forged}` }
    const exchange = await client.send(initializeRequest(href, credentials))
    await endSession(client, exchange, credentials)
    return exchange
  }
  const none = encodeBase64url(new TextEncoder().encode(JSON.stringify({ ...header, alg: 'none' })))
  return {
    tampered: await initializeWith(`${head}.${payload}.${changeSignature(signature)}`),
    unsigned: await initializeWith(`${none}.${payload}.`),
  }
}

/** Changes the first byte of a signature. A changed last character may decode to the same bytes. */
function changeSignature(signature: string): string {
  const bytes = decodeBase64url(signature)
  if (bytes === undefined || bytes.length === 0) return 'AAAA'
  bytes[0] = (bytes[0] ?? 0) ^ 0xff
  return encodeBase64url(bytes)
}

function readJwt(token: string): { header: JsonObject; claims: JsonObject } | undefined {
  const [first = '', second = '', signature, ...others] = token.split('.')
  if (signature === undefined || others.length > 0) return undefined
  if (decodeBase64url(signature) === undefined) return undefined
  const [header, claims] = [readPart(first), readPart(second)]
  return header !== undefined && claims !== undefined ? { header, claims } : undefined
}

function readPart(part: string): JsonObject | undefined {
  const text = decodeBase64urlText(part)
  return text === undefined ? undefined : parseObjectText(text)
}
