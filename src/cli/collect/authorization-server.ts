/** Visits one authorization server: its metadata in every form, its keys, and its manners with browsers. */

import { isSecureTransport, parseUrl } from '../../lib/safe-url.ts'
import { authorizationServerMetadataUrls } from '../../metadata/well-known.ts'
import type { Asked, ServerEvidence } from '../evidence.ts'
import { type Exchange, notAsked, type Visitor } from './http-client.ts'
import { askDocument, preflightOf } from './requests.ts'
import { whyNotToVisit } from './url-guard.ts'

/** Visits the server behind an issuer identifier. */
export async function visitServer(
  visitor: Visitor,
  issuer: string,
  target: URL,
  origin: string,
): Promise<ServerEvidence> {
  const unvisitable = whyNotToVisit(issuer, target)
  if (unvisitable !== undefined) return { issuer, unvisitable, asked: [] }

  const asked: Asked[] = []
  for (const url of authorizationServerMetadataUrls(issuer)) {
    asked.push(await askDocument(visitor, url, target, { Origin: origin }))
  }
  const found = asked.find(({ document }) => document !== undefined)
  if (found?.document === undefined) return { issuer, asked }

  const { document } = found
  const ask = (member: string) => preflight(visitor, document[member], target, origin)
  const tokenPreflight = await ask('token_endpoint')
  const registrationPreflight = await ask('registration_endpoint')
  const jwksUri = document['jwks_uri']
  const accept = { Accept: 'application/jwk-set+json, application/json' }
  const keys =
    typeof jwksUri === 'string' ? await askDocument(visitor, jwksUri, target, accept) : undefined
  return {
    issuer,
    asked,
    metadata: document,
    metadataExchange: found.exchange,
    ...(keys && { keys }),
    ...(tokenPreflight && { tokenPreflight }),
    ...(registrationPreflight && { registrationPreflight }),
  }
}

async function preflight(
  visitor: Visitor,
  endpoint: unknown,
  target: URL,
  origin: string,
): Promise<Exchange | undefined> {
  const url = typeof endpoint === 'string' ? parseUrl(endpoint) : undefined
  if (url === undefined || !isSecureTransport(url, false)) return undefined
  const reason = whyNotToVisit(url.href, target)
  if (reason !== undefined) return notAsked(url.href, reason)
  return visitor.ask(preflightOf(url.href, origin, 'content-type'))
}
