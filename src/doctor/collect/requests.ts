/** The two requests that are sent to every server: for a JSON document, and a CORS preflight. */

import { type JsonObject, parseObjectText } from '../../lib/json.ts'
import type { FetchedDocument } from '../evidence.ts'
import { type Exchange, type HttpClient, type HttpRequest, notSent } from './http-client.ts'
import { findBlockReason } from './url-guard.ts'

/** Fetches a JSON document, unless the URL guard blocks its URL. */
export async function fetchDocument(
  client: HttpClient,
  url: string,
  target: URL,
  headers: Readonly<Record<string, string>> = {},
): Promise<FetchedDocument> {
  const reason = findBlockReason(url, target)
  if (reason !== undefined) return { url, exchange: notSent(url, reason), document: undefined }
  const exchange = await client.send({ url, headers: { Accept: 'application/json', ...headers } })
  return { url, exchange, document: documentOf(exchange) }
}

/** A CORS preflight (Fetch §4.8). */
export function preflightRequest(
  url: string,
  origin: string,
  headers: string,
  method = 'POST',
): HttpRequest {
  return {
    method: 'OPTIONS',
    url,
    headers: {
      Origin: origin,
      'Access-Control-Request-Method': method,
      'Access-Control-Request-Headers': headers,
    },
  }
}

/** The JSON object in a body. It may begin with a byte order mark, which `Response.json()` ignores. */
export function parseBody(body: string): JsonObject | undefined {
  return parseObjectText(body.replace(/^\u{feff}/u, ''))
}

function documentOf({ status, body, isCut }: Exchange): JsonObject | undefined {
  return status !== 200 || isCut ? undefined : parseBody(body)
}
