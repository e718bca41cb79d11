/** The evidence that the checks evaluate: exchanges and the values parsed from them. */

import type { JsonObject } from '../lib/json.ts'
import type { Exchange } from './collect/http-client.ts'
import type { Challenge } from './collect/parse-challenges.ts'

/** Where clients look for protected resource metadata: at the URL in the challenge, at the inserted well-known URL, or at the root. */
export type Place = 'named' | 'inserted' | 'root'

/** A document that was requested. */
export interface FetchedDocument {
  readonly url: string
  readonly exchange: Exchange
  /** The body of a 200 with a JSON object, whatever its media type. */
  readonly document: JsonObject | undefined
}

export interface FetchedPlace extends FetchedDocument {
  /** Every place with this URL. */
  readonly places: readonly Place[]
}

/** A response and its challenges. */
export interface ChallengeEvidence {
  readonly exchange: Exchange
  readonly header: string | undefined
  readonly problem: string | undefined
  readonly challenges: readonly Challenge[]
  /** The Bearer challenge, otherwise the DPoP challenge. */
  readonly challenge: Challenge | undefined
}

/** One entry of `authorization_servers`. */
export interface ServerEvidence {
  readonly issuer: string
  /** Whether the MCP server lists itself. */
  readonly isSelf?: boolean
  /** Why the URL guard blocked the issuer. */
  readonly blocked?: string
  /** The documents at the discovery URLs, in order. */
  readonly documents: readonly FetchedDocument[]
  /** The first document found. */
  readonly metadata?: JsonObject
  readonly metadataExchange?: Exchange
  readonly keys?: FetchedDocument
  readonly tokenPreflight?: Exchange
  readonly registrationPreflight?: Exchange
  /** A registration that every server must reject, because its redirect URI is not one. */
  readonly registration?: Exchange
  /** Without a document at the discovery URLs: the document at a URL that clients do not try. */
  readonly misplaced?: FetchedDocument
}

/** The response to a hosted client, by its user agent. */
export interface AgentEvidence {
  readonly name: string
  readonly userAgent: string
  readonly exchange: Exchange
}

/** The calls with a token. */
export interface CallEvidence {
  /** How many parts the token has, separated by dots. */
  readonly parts: number
  /** Header and claims of a JWT. */
  readonly jwt: { readonly header: JsonObject; readonly claims: JsonObject } | undefined
  readonly initialize: Exchange
  readonly list?: Exchange
  readonly tool?: Exchange
  /** The same token with a changed signature, and without one. */
  readonly tampered?: Exchange
  readonly unsigned?: Exchange
}

/** Everything about one MCP server. */
export interface Evidence {
  readonly url: URL
  /** The URL as given. */
  readonly called: string
  /** The origin of the simulated web page. */
  readonly origin: string
  readonly anonymous: ChallengeEvidence
  readonly garbage: ChallengeEvidence
  /** The first of the two that is a 401, otherwise the first. The checks read its challenge. */
  readonly rejection: ChallengeEvidence
  /** With `Origin: <origin>` and without credentials. */
  readonly fromPage: ChallengeEvidence
  /** Without a token, as hosted clients name themselves. */
  readonly agents: readonly AgentEvidence[]
  /** The metadata documents, requested as a hosted client. */
  readonly agentDocuments: readonly AgentEvidence[]
  /** Where there is no MCP server at the URL: another URL of the same origin that has one. */
  readonly sibling?: string
  /** Whether a response was 429. */
  readonly isLimited: boolean
  readonly get: Exchange
  /** DELETE without a token, of a session that does not exist. */
  readonly remove: Exchange
  /** With `X-Forwarded-Host:` {@link FORWARDED_HOST}. */
  readonly forwarded: Exchange
  /** With an unknown `Origin`. */
  readonly foreign: Exchange
  readonly preflight: Exchange
  /** The preflight for DELETE. */
  readonly deletePreflight: Exchange
  /** The same URL over plain http, for an https URL on the default port. */
  readonly plain?: Exchange
  readonly places: readonly FetchedPlace[]
  /** The first place with a document. */
  readonly found: (FetchedPlace & { readonly document: JsonObject }) | undefined
  /** Without a document at these places: the document with the well-known path after that of the URL. */
  readonly misplaced?: FetchedDocument
  readonly head?: Exchange
  readonly post?: Exchange
  readonly documentPreflight?: Exchange
  readonly servers: readonly ServerEvidence[]
  readonly legacy: FetchedDocument
  readonly call?: CallEvidence
}

/** Sent as a token. A response must not contain it. */
export const GARBAGE = 'mcp-gatehouse-doctor.not-a-token'

/** Sent as `X-Forwarded-Host` and `Origin`. A response must not contain it. */
export const FORWARDED_HOST = 'doctor.invalid'

/** The origin of a page that no server knows. Sent with requests for metadata. */
export const UNKNOWN_PAGE = 'https://client.example'

/** The id of a session that does not exist. */
export const NO_SUCH_SESSION = 'mcp-gatehouse-doctor-no-such-session'

/** The name of a tool that does not exist. */
export const NO_SUCH_TOOL = 'mcp-gatehouse-doctor-no-such-tool'

/** The header fields that MCP clients in browsers set, in the order in which a preflight names them. */
export const BROWSER_FIELDS = [
  'authorization',
  'content-type',
  'last-event-id',
  'mcp-method',
  'mcp-name',
  'mcp-protocol-version',
  'mcp-session-id',
]

/** Whether a status means that the URL is wrong: a redirect, 404 or 405. */
export function isElsewhere(status: number): boolean {
  return (status >= 300 && status < 400) || status === 404 || status === 405
}
