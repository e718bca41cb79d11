/** Collects evidence from an MCP server that responds, and from the servers it names, one request at a time. Evaluates nothing. */

import {
  PROTECTED_RESOURCE_PATH,
  protectedResourceMetadataUrl,
} from '../../identifiers/resource-identifier.ts'
import type { JsonObject } from '../../lib/json.ts'
import { parseUrl } from '../../lib/safe-url.ts'
import { AUTHORIZATION_SERVER_PATH } from '../../metadata/well-known.ts'
import {
  BROWSER_FIELDS,
  type ChallengeEvidence,
  type Evidence,
  type FetchedDocument,
  type FetchedPlace,
  FORWARDED_HOST,
  GARBAGE,
  NO_SUCH_SESSION,
  type Place,
  UNKNOWN_PAGE,
} from '../evidence.ts'
import { callWithToken } from './authenticated-call.ts'
import { collectServer } from './authorization-server.ts'
import { requestAsHostedClients, requestDocumentsAsHostedClient } from './hosted-clients.ts'
import type { Exchange, HttpClient } from './http-client.ts'
import { initializeRequest, post } from './json-rpc.ts'
import { readChallenges } from './parse-challenges.ts'
import { fetchDocument, preflightRequest } from './requests.ts'
import { findSibling } from './sibling.ts'

/** The server to examine, its response to the first request, and the origin and token to send. */
interface CollectOptions {
  readonly first: Exchange
  readonly called: string
  readonly url: URL
  readonly origin: string
  readonly token: string | undefined
}

/** Each server costs up to ten requests. */
const MAX_SERVERS = 4

/** Collects everything that the checks read. */
export async function collect(plan: CollectOptions, client: HttpClient): Promise<Evidence> {
  const { called, url, origin, token } = plan
  const responses = await requestEndpoint(plan, client)
  const { anonymous, garbage } = responses
  const rejection =
    [anonymous, garbage].find(({ exchange }) => exchange.status === 401) ?? anonymous
  const documents = await collectDocuments(plan, client, rejection)
  const { found, servers } = documents
  const urls = [found, ...servers.map((server) => server.documents.find(hasDocument))]
  const agentDocuments = await requestDocumentsAsHostedClient(
    client,
    urls.flatMap((each) => each?.url ?? []),
  )
  const sibling = found === undefined ? await findSibling(client, url, anonymous) : undefined
  const legacy = await fetchDocument(client, url.origin + AUTHORIZATION_SERVER_PATH, url)
  const call = token === undefined ? undefined : await callWithToken(client, url, token)
  return {
    called,
    url,
    origin,
    ...responses,
    rejection,
    ...documents,
    agentDocuments,
    ...(sibling && { sibling }),
    legacy,
    ...(call && { call }),
    isLimited: client.isLimited(),
  }
}

/** The responses of the MCP endpoint to requests without a valid token. */
async function requestEndpoint({ first, url, origin }: CollectOptions, client: HttpClient) {
  const anonymous = readChallengeEvidence(first)
  const garbage = readChallengeEvidence(
    await post(client, url, { Authorization: `Bearer ${GARBAGE}` }),
  )
  const fromPage = readChallengeEvidence(await post(client, url, { Origin: origin }))
  const forwarded = await post(client, url, { 'X-Forwarded-Host': FORWARDED_HOST })
  const foreign = await post(client, url, { Origin: `https://${FORWARDED_HOST}` })
  const get = await client.send({
    url: url.href,
    headers: { Accept: 'text/event-stream' },
    headOnly: true,
  })
  const agents = await requestAsHostedClients(client, url)
  const remove = await client.send({
    method: 'DELETE',
    url: url.href,
    headers: { 'Mcp-Session-Id': NO_SUCH_SESSION },
  })
  const fields = BROWSER_FIELDS.join(',')
  const preflight = await client.send(preflightRequest(url.href, origin, fields))
  const deletePreflight = await client.send(preflightRequest(url.href, origin, fields, 'DELETE'))
  const plain = await requestPlainHttp(client, url)
  return {
    anonymous,
    garbage,
    fromPage,
    forwarded,
    foreign,
    get,
    agents,
    remove,
    preflight,
    deletePreflight,
    ...(plain && { plain }),
  }
}

/** The metadata of the resource, and what its authorization servers publish. */
async function collectDocuments(
  { url, origin }: CollectOptions,
  client: HttpClient,
  rejection: ChallengeEvidence,
) {
  const places = await fetchPlaces(client, url, rejection)
  const found = places.find(hasDocument)
  const misplaced = found === undefined ? await fetchAppended(client, url) : undefined
  const methods = found === undefined ? {} : await requestMethods(client, found.url, origin)
  const servers = []
  for (const issuer of issuersOf(found?.document).slice(0, MAX_SERVERS)) {
    servers.push(await collectServer(client, issuer, url, origin))
  }
  return { places, found, ...(misplaced && { misplaced }), ...methods, servers }
}

/** Shorter than the default: a firewall that drops packets counts as a closed port. */
const PLAIN_TIMEOUT_MS = 3000

/** Sends the same request over plain http. */
async function requestPlainHttp(client: HttpClient, url: URL): Promise<Exchange | undefined> {
  if (url.protocol !== 'https:' || url.port !== '') return undefined
  const plain = new URL(url)
  plain.protocol = 'http:'
  return client.send({ ...initializeRequest(plain.href, {}), timeoutMs: PLAIN_TIMEOUT_MS })
}

async function fetchPlaces(
  client: HttpClient,
  url: URL,
  { challenge }: ChallengeEvidence,
): Promise<FetchedPlace[]> {
  const named = parseUrl(challenge?.params.get('resource_metadata') ?? '')?.href
  const candidates: readonly (readonly [Place, string | undefined])[] = [
    ['named', named],
    ['inserted', protectedResourceMetadataUrl(url.href)],
    ['root', protectedResourceMetadataUrl(url.origin)],
  ]
  const places = new Map<string, Place[]>()
  for (const [place, at] of candidates) {
    if (at !== undefined) places.set(at, [...(places.get(at) ?? []), place])
  }
  const fetched: FetchedPlace[] = []
  for (const [at, ways] of places) {
    const origin = { Origin: UNKNOWN_PAGE }
    fetched.push({ ...(await fetchDocument(client, at, url, origin)), places: ways })
  }
  return fetched
}

/** The document at the URL that servers publish by mistake: the well-known path appended to the MCP URL. */
async function fetchAppended(client: HttpClient, url: URL): Promise<FetchedDocument | undefined> {
  if (url.pathname === '/') return undefined
  const path = url.pathname.replace(/\/$/, '')
  const at = url.origin + path + PROTECTED_RESOURCE_PATH
  const fetched = await fetchDocument(client, at, url)
  return fetched.document?.['resource'] === undefined ? undefined : fetched
}

async function requestMethods(client: HttpClient, url: string, origin: string) {
  return {
    head: await client.send({ method: 'HEAD', url }),
    post: await client.send({ method: 'POST', url, body: '' }),
    documentPreflight: await client.send(
      preflightRequest(url, origin, 'mcp-protocol-version', 'GET'),
    ),
  }
}

function readChallengeEvidence(exchange: Exchange): ChallengeEvidence {
  const header = exchange.headers.get('WWW-Authenticate') ?? undefined
  const { challenges, problem } = readChallenges(header ?? '')
  const named = (name: string) => challenges.find(({ scheme }) => scheme.toLowerCase() === name)
  return { exchange, header, problem, challenges, challenge: named('bearer') ?? named('dpop') }
}

function hasDocument<Fetched extends FetchedDocument>(
  fetched: Fetched,
): fetched is Fetched & { document: JsonObject } {
  return fetched.document !== undefined
}

function issuersOf(document: JsonObject | undefined): string[] {
  const listed = document?.['authorization_servers']
  if (!Array.isArray(listed)) return []
  return [...new Set(listed.filter((each) => typeof each === 'string'))]
}
