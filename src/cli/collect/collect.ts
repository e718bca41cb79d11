/** Visits an MCP server and whatever it points to. In order, politely, without judging anything. */

import { protectedResourceMetadataUrl } from '../../identifiers/resource-identifier.ts'
import type { JsonObject } from '../../lib/json.ts'
import { parseUrl } from '../../lib/safe-url.ts'
import {
  type AskedPlace,
  type Challenged,
  type Evidence,
  FORWARDED_HOST,
  GARBAGE,
  type Place,
} from '../evidence.ts'
import { visitWithToken } from './authenticated-call.ts'
import { visitServer } from './authorization-server.ts'
import type { Exchange, Visitor } from './http-client.ts'
import { endSession, initializeRequest } from './json-rpc.ts'
import { readChallenges } from './parse-challenges.ts'
import { askDocument, preflightOf } from './requests.ts'

/** Whom to visit, and as whom. */
export interface VisitPlan {
  readonly called: string
  readonly url: URL
  readonly origin: string
  readonly token: string | undefined
}

/** More than anybody has; each costs up to seven requests. */
const MAX_SERVERS = 4

/** Visits everything that the checks want to know about. */
export async function collect(plan: VisitPlan, visitor: Visitor): Promise<Evidence> {
  const { called, url, origin, token } = plan
  const anonymous = challengedOf(await post(visitor, url))
  const garbage = challengedOf(await post(visitor, url, { Authorization: `Bearer ${GARBAGE}` }))
  const fromPage = challengedOf(await post(visitor, url, { Origin: origin }))
  const forwarded = await post(visitor, url, { 'X-Forwarded-Host': FORWARDED_HOST })
  const foreign = await post(visitor, url, { Origin: `https://${FORWARDED_HOST}` })
  const get = await visitor.ask({
    url: url.href,
    headers: { Accept: 'text/event-stream' },
    headOnly: true,
  })
  const preflight = await visitor.ask(preflightOf(url.href, origin, PREFLIGHT_HEADERS))
  const plain = await visitPlain(visitor, url)

  const refusal = [anonymous, garbage].find(({ exchange }) => exchange.status === 401) ?? anonymous
  const places = await visitPlaces(visitor, url, refusal)
  const found = places.find(hasDocument)
  const methods = found === undefined ? {} : await visitMethods(visitor, found.url, origin)
  const servers = []
  for (const issuer of issuersOf(found?.document).slice(0, MAX_SERVERS)) {
    servers.push(await visitServer(visitor, issuer, url, origin))
  }
  const legacy = await askDocument(
    visitor,
    `${url.origin}/.well-known/oauth-authorization-server`,
    url,
  )
  const call = token === undefined ? undefined : await visitWithToken(visitor, url, token)
  return {
    called,
    url,
    origin,
    anonymous,
    garbage,
    refusal,
    fromPage,
    forwarded,
    foreign,
    get,
    preflight,
    ...(plain && { plain }),
    places,
    found,
    ...methods,
    servers,
    legacy,
    ...(call && { call }),
  }
}

/** A firewall that drops what it does not want is no answer either, and not worth waiting for. */
const PLAIN_TIMEOUT_MS = 3000

const PREFLIGHT_HEADERS = 'authorization,content-type,mcp-protocol-version'

async function post(
  visitor: Visitor,
  url: URL,
  headers: Readonly<Record<string, string>> = {},
): Promise<Exchange> {
  const exchange = await visitor.ask(initializeRequest(url.href, headers))
  await endSession(visitor, exchange, headers)
  return exchange
}

/** Whether the port beside https answers too, in the clear. */
async function visitPlain(visitor: Visitor, url: URL): Promise<Exchange | undefined> {
  if (url.protocol !== 'https:' || url.port !== '') return undefined
  const plain = new URL(url)
  plain.protocol = 'http:'
  return visitor.ask({ ...initializeRequest(plain.href, {}), timeoutMs: PLAIN_TIMEOUT_MS })
}

async function visitPlaces(
  visitor: Visitor,
  url: URL,
  { challenge }: Challenged,
): Promise<AskedPlace[]> {
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
  const asked: AskedPlace[] = []
  for (const [at, ways] of places) {
    const origin = { Origin: 'https://client.example' }
    asked.push({ ...(await askDocument(visitor, at, url, origin)), places: ways })
  }
  return asked
}

async function visitMethods(visitor: Visitor, url: string, origin: string) {
  return {
    head: await visitor.ask({ method: 'HEAD', url }),
    post: await visitor.ask({ method: 'POST', url, body: '' }),
    documentPreflight: await visitor.ask(preflightOf(url, origin, 'mcp-protocol-version', 'GET')),
  }
}

function challengedOf(exchange: Exchange): Challenged {
  const header = exchange.headers.get('WWW-Authenticate') ?? undefined
  const { challenges, problem } = readChallenges(header ?? '')
  const named = (name: string) => challenges.find(({ scheme }) => scheme.toLowerCase() === name)
  return { exchange, header, problem, challenges, challenge: named('bearer') ?? named('dpop') }
}

function hasDocument(asked: AskedPlace): asked is AskedPlace & { document: JsonObject } {
  return asked.document !== undefined
}

function issuersOf(document: JsonObject | undefined): string[] {
  const listed = document?.['authorization_servers']
  if (!Array.isArray(listed)) return []
  return [...new Set(listed.filter((each) => typeof each === 'string'))]
}
