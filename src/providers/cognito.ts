/** The preset for Amazon Cognito. */

import { type AudienceOption, audienceOptions, type JwtServerOptions } from './shared.ts'
import { AUDIENCE, CLIENTS, validateOptions } from './validate.ts'

/**
 * Options of {@link cognito}.
 *
 * @example
 * ```ts
 * const withCognito = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [cognito({ userPoolId: 'eu-west-2_AbCdEfGhI' })],
 * })
 * ```
 */
export interface CognitoOptions extends AudienceOption {
  /** The ID of the user pool, which begins with its region: `eu-west-2_AbCdEfGhI`. */
  userPoolId: string
  /** App clients whose tokens are accepted without `aud`. @default none */
  clientIds?: readonly string[] | undefined
  /** The type in the pool's issuer configuration, which decides the host of the issuer. @default 'original' */
  issuerType?: 'original' | 'updated' | undefined
}

/**
 * Options for one user pool of Amazon Cognito.
 *
 * Quirks: ID tokens are signed with the same keys, so only tokens with `token_use: access` pass.
 * Scopes are written `resource-server-identifier/scope`. Tokens have an `aud` only with *resource
 * binding* (Essentials or Plus plan, managed login, and clients that send `resource`). Cognito
 * supports PKCE but does not advertise it, and has no client registration. A pool has one of two
 * issuers: replication to other regions needs the updated one. Tokens of the other issuer are rejected.
 *
 * Relaxes: nothing by default. With `clientIds`, `client_id` stands for a missing `aud`, so every
 * token of these app clients passes, including those issued for other APIs. An `aud` that is present
 * must match: also set `audience` to your resource identifier if some tokens are bound to it.
 *
 * @param options The user pool and the app clients.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or invalid.
 * @example
 * ```ts
 * const withCognito = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [cognito({ userPoolId: 'eu-west-2_AbCdEfGhI' })],
 * })
 * ```
 * @see {@link https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html Cognito: the access token}
 */
export function cognito(options: CognitoOptions): JwtServerOptions {
  const {
    userPoolId,
    clientIds,
    audience,
    issuerType = 'original',
  } = validateOptions('cognito', options, {
    userPoolId: { is: 'pattern', pattern: USER_POOL, example: 'eu-west-2_AbCdEfGhI' },
    clientIds: { ...CLIENTS, isOptional: true },
    audience: AUDIENCE,
    issuerType: { is: 'choice', values: Object.keys(ISSUER_HOSTS), isOptional: true },
  })
  const region = userPoolId.split('_', 1)[0]
  return {
    issuer: `https://${ISSUER_HOSTS[issuerType]}.${region}.amazonaws.com/${userPoolId}`,
    type: 'oidc',
    ...audienceOptions(clientIds, audience),
    accessToken: { kind: 'jwt', requiredClaims: ['token_use'] },
  }
}

/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_IssuerConfigurationType.html, 2026-11 */
const ISSUER_HOSTS = { original: 'cognito-idp', updated: 'issuer-cognito-idp' } as const

const USER_POOL = /^[a-z]{2,}(?:-[a-z]+)+-\d+_[A-Za-z0-9]+$/
