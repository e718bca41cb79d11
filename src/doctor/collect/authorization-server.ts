/** Collects the metadata documents, key set and preflight responses of one authorization server. */

import { isSecureTransport, parseUrl } from '../../lib/safe-url.ts'
import {
  AUTHORIZATION_SERVER_PATH,
  authorizationServerMetadataUrls,
  OPENID_PATH,
} from '../../metadata/well-known.ts'
import type { FetchedDocument, ServerEvidence } from '../evidence.ts'
import { type Exchange, type HttpClient, notSent } from './http-client.ts'
import { tryRegistration } from './registration.ts'
import { fetchDocument, preflightRequest } from './requests.ts'
import { findBlockReason } from './url-guard.ts'

/** Collects the evidence about the server with this issuer identifier. */
export async function collectServer(
  client: HttpClient,
  issuer: string,
  target: URL,
  origin: string,
): Promise<ServerEvidence> {
  const blocked = findBlockReason(issuer, target)
  if (blocked !== undefined) return { issuer, blocked, documents: [] }

  const documents: FetchedDocument[] = []
  for (const url of authorizationServerMetadataUrls(issuer)) {
    documents.push(await fetchDocument(client, url, target, { Origin: origin }))
  }
  const found = documents.find(({ document }) => document !== undefined)
  if (found?.document === undefined) {
    const misplaced = await fetchElsewhere(client, issuer, target)
    const isSelf = new URL(issuer).origin === target.origin
    return { issuer, documents, isSelf, ...(misplaced && { misplaced }) }
  }

  const { document } = found
  const sendPreflight = (member: string) => preflight(client, document[member], target, origin)
  const tokenPreflight = await sendPreflight('token_endpoint')
  const registrationPreflight = await sendPreflight('registration_endpoint')
  const registration = await tryRegistration(client, document['registration_endpoint'], target)
  const jwksUri = document['jwks_uri']
  const accept = { Accept: 'application/jwk-set+json, application/json' }
  const keys =
    typeof jwksUri === 'string' ? await fetchDocument(client, jwksUri, target, accept) : undefined
  return {
    issuer,
    documents,
    metadata: document,
    metadataExchange: found.exchange,
    ...(keys && { keys }),
    ...(tokenPreflight && { tokenPreflight }),
    ...(registrationPreflight && { registrationPreflight }),
    ...(registration && { registration }),
  }
}

/** URLs of the document that servers use by mistake: appended to the issuer, or at the root of its host. */
async function fetchElsewhere(
  client: HttpClient,
  issuer: string,
  target: URL,
): Promise<FetchedDocument | undefined> {
  const { origin, pathname } = new URL(issuer)
  if (pathname === '/') return undefined
  const urls = [
    origin + pathname.replace(/\/$/, '') + AUTHORIZATION_SERVER_PATH,
    origin + AUTHORIZATION_SERVER_PATH,
    origin + OPENID_PATH,
  ]
  for (const url of urls) {
    const fetched = await fetchDocument(client, url, target)
    if (typeof fetched.document?.['issuer'] === 'string') return fetched
  }
  return undefined
}

async function preflight(
  client: HttpClient,
  endpoint: unknown,
  target: URL,
  origin: string,
): Promise<Exchange | undefined> {
  const url = typeof endpoint === 'string' ? parseUrl(endpoint) : undefined
  if (url === undefined || !isSecureTransport(url, false)) return undefined
  const reason = findBlockReason(url.href, target)
  if (reason !== undefined) return notSent(url.href, reason)
  return client.send(preflightRequest(url.href, origin, 'content-type'))
}
