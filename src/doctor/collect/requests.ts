/** The two requests that are sent to every server: for a JSON document, and a CORS preflight. */

import { isObject, type JsonObject } from '../../lib/json.ts'
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

function documentOf({ status, body, isCut }: Exchange): JsonObject | undefined {
  if (status !== 200 || isCut) return undefined
  try {
    const value: unknown = JSON.parse(body.replace(/^\u{feff}/u, ''))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
