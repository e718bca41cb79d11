/** Two questions that every visit is made of. */

import { isObject, type JsonObject } from '../../lib/json.ts'
import type { Asked } from '../evidence.ts'
import { type Exchange, notAsked, type Question, type Visitor } from './http-client.ts'
import { whyNotToVisit } from './url-guard.ts'

/** Asks for a JSON document, unless it lies where it should not. */
export async function askDocument(
  visitor: Visitor,
  url: string,
  target: URL,
  headers: Readonly<Record<string, string>> = {},
): Promise<Asked> {
  const reason = whyNotToVisit(url, target)
  if (reason !== undefined) return { url, exchange: notAsked(url, reason), document: undefined }
  const exchange = await visitor.ask({ url, headers: { Accept: 'application/json', ...headers } })
  return { url, exchange, document: documentOf(exchange) }
}

/** A CORS preflight as a browser sends it (Fetch §4.8). */
export function preflightOf(
  url: string,
  origin: string,
  headers: string,
  method = 'POST',
): Question {
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
    const value: unknown = JSON.parse(body)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
