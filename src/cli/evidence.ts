/** Everything the doctor saw: exchanges and what was read out of them, with no opinion about it. */

import type { JsonObject } from '../lib/json.ts'
import type { Exchange } from './collect/http-client.ts'
import type { Challenge } from './collect/parse-challenges.ts'

/** Where a protected resource metadata document was looked for. */
export type Place = 'named' | 'inserted' | 'root'

/** A document that was asked for. */
export interface Asked {
  readonly url: string
  readonly exchange: Exchange
  /** If it was a 200 with a JSON object, whatever it called itself. */
  readonly document: JsonObject | undefined
}

export interface AskedPlace extends Asked {
  /** All the ways that lead to this URL. */
  readonly places: readonly Place[]
}

/** A 401 (or any answer) and its challenges. */
export interface Challenged {
  readonly exchange: Exchange
  readonly header: string | undefined
  readonly problem: string | undefined
  readonly challenges: readonly Challenge[]
  /** The Bearer challenge or, where there is none, the DPoP one. */
  readonly challenge: Challenge | undefined
}

/** One authorization server, as the metadata of the resource names it. */
export interface ServerEvidence {
  readonly issuer: string
  /** Why it was not visited. */
  readonly unvisitable?: string
  /** The discovery places in order, and what each answered. */
  readonly asked: readonly Asked[]
  /** The first document found. */
  readonly metadata?: JsonObject
  readonly metadataExchange?: Exchange
  readonly keys?: Asked
  readonly tokenPreflight?: Exchange
  readonly registrationPreflight?: Exchange
}

/** What came of calling the server with a token. */
export interface CallEvidence {
  /** Header and claims, where the token is a JWT. Never shown. */
  readonly jwt: { readonly header: JsonObject; readonly claims: JsonObject } | undefined
  readonly initialize: Exchange
  readonly list?: Exchange
  readonly tool?: Exchange
  /** The same token with another signature, and with none. */
  readonly tampered?: Exchange
  readonly unsigned?: Exchange
}

/** Everything about one MCP server. */
export interface Evidence {
  readonly url: URL
  /** As it was typed. */
  readonly called: string
  /** The web page that is pretended to call. */
  readonly origin: string
  readonly anonymous: Challenged
  readonly garbage: Challenged
  /** The first of the two that is a 401, else the first: what the challenge is read from. */
  readonly refusal: Challenged
  /** As a web page of `origin` would call, without credentials. */
  readonly fromPage: Challenged
  readonly get: Exchange
  /** With an `X-Forwarded-Host` of the doctor's own. */
  readonly forwarded: Exchange
  /** As a web page that nobody knows would call. */
  readonly foreign: Exchange
  readonly preflight: Exchange
  /** The same URL over plain http, where there is such a port. */
  readonly plain?: Exchange
  readonly places: readonly AskedPlace[]
  /** The place that clients end up with. */
  readonly found: (AskedPlace & { readonly document: JsonObject }) | undefined
  readonly head?: Exchange
  readonly post?: Exchange
  readonly documentPreflight?: Exchange
  readonly servers: readonly ServerEvidence[]
  readonly legacy: Asked
  readonly call?: CallEvidence
}

/** Sent as a token; found in an answer, it was echoed. */
export const GARBAGE = 'mcp-gatehouse-doctor.not-a-token'

/** Claimed to be the host, and looked for in what comes back. */
export const FORWARDED_HOST = 'doctor.invalid'

/** A tool that no server has. */
export const NO_SUCH_TOOL = 'mcp-gatehouse-doctor-no-such-tool'

/** Whether an answer says more about the URL than about tokens. */
export function isElsewhere(status: number): boolean {
  return (status >= 300 && status < 400) || status === 404 || status === 405
}
