/** The requests to token endpoints for each style of exchange: one table. Pure. */

import type { ExchangeFailureCode } from '../contract/exchange-error.ts'
import type { ExchangeStyle } from './options.ts'

/** The values that a form can have. */
export interface HopValues {
  readonly clientId: string
  readonly subject: string
  readonly subjectType: string
  readonly actor: string | undefined
  readonly actorType: string | undefined
  readonly resource: string | undefined
  readonly audience: string | undefined
  /** The audience, or else the resource. */
  readonly audienceOrResource: string | undefined
  /** The audience, or else the issuer of the target's authorization server. */
  readonly audienceOrIssuer: string | undefined
  readonly scope: string | undefined
  /** The scopes, or else every permission of the resource that was consented to (Entra). */
  readonly scopeOrDefault: string | undefined
  readonly requestedType: string | undefined
}

/** One request to a token endpoint. */
export interface Hop {
  /** `own`: the server of the inbound token. `target`: the server of the API. */
  readonly at: 'own' | 'target'
  readonly fixed: Readonly<Record<string, string>>
  /** The parameters, by name, and the value of each. Parameters without a value are left out. */
  readonly parameters: Readonly<Record<string, keyof HopValues>>
  /** The type of the issued token; without it the requested one, or any kind of access token. */
  readonly issues?: string
  /** What `invalid_request` says: RFC 8693 §2.2.2 uses it for a subject that is not accepted. */
  readonly invalidRequest: ExchangeFailureCode
}

/** One style. */
export interface StyleRules {
  readonly hops: readonly Hop[]
  /** Whether a hop has a parameter for an actor. */
  readonly takesActor: boolean
  /** Whether the requested type of token can be chosen. */
  readonly takesRequestedType: boolean
}

export const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
export const JWT = 'urn:ietf:params:oauth:token-type:jwt'
const ID_JAG = 'urn:ietf:params:oauth:token-type:id-jag'
const TOKEN_EXCHANGE = { grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange' }
const JWT_BEARER = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' }

const SUBJECT = { subject_token: 'subject', subject_token_type: 'subjectType' } as const
const ACTOR = { actor_token: 'actor', actor_token_type: 'actorType' } as const

export const STYLES: Readonly<Record<ExchangeStyle, StyleRules>> = {
  // RFC 8693 §2.1.
  rfc8693: {
    takesActor: true,
    takesRequestedType: true,
    hops: [
      {
        at: 'own',
        fixed: TOKEN_EXCHANGE,
        parameters: {
          ...SUBJECT,
          ...ACTOR,
          requested_token_type: 'requestedType',
          resource: 'resource',
          audience: 'audience',
          scope: 'scope',
        },
        invalidRequest: 'subject_not_accepted',
      },
    ],
  },
  // Okta, "Set up OAuth 2.0 On-Behalf-Of Token Exchange": the audience is that of an authorization server.
  okta: {
    takesActor: true,
    takesRequestedType: true,
    hops: [
      {
        at: 'own',
        fixed: TOKEN_EXCHANGE,
        parameters: {
          ...SUBJECT,
          ...ACTOR,
          requested_token_type: 'requestedType',
          audience: 'audienceOrResource',
          scope: 'scope',
        },
        invalidRequest: 'subject_not_accepted',
      },
    ],
  },
  // Microsoft identity platform and OAuth 2.0 On-Behalf-Of flow.
  entra: {
    takesActor: false,
    takesRequestedType: true,
    hops: [
      {
        at: 'own',
        fixed: { ...JWT_BEARER, requested_token_use: 'on_behalf_of' },
        parameters: {
          client_id: 'clientId',
          assertion: 'subject',
          scope: 'scopeOrDefault',
          requested_token_type: 'requestedType',
        },
        invalidRequest: 'misconfigured',
      },
    ],
  },
  // draft-ietf-oauth-identity-assertion-authz-grant §4.3 and §4.4.
  'id-jag': {
    takesActor: false,
    takesRequestedType: false,
    hops: [
      {
        at: 'own',
        fixed: { ...TOKEN_EXCHANGE, requested_token_type: ID_JAG },
        parameters: {
          ...SUBJECT,
          audience: 'audienceOrIssuer',
          resource: 'resource',
          scope: 'scope',
        },
        issues: ID_JAG,
        invalidRequest: 'subject_not_accepted',
      },
      {
        at: 'target',
        fixed: JWT_BEARER,
        parameters: { assertion: 'subject' },
        issues: ACCESS_TOKEN,
        invalidRequest: 'misconfigured',
      },
    ],
  },
}

/** The form of one hop, without the client authentication. */
export function buildForm({ fixed, parameters }: Hop, values: HopValues): URLSearchParams {
  const form = new URLSearchParams(fixed)
  for (const [name, source] of Object.entries(parameters)) {
    const value = values[source]
    if (value !== undefined) form.set(name, value)
  }
  return form
}
