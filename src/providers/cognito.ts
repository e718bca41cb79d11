/** Presets for the authorization servers of platforms: AWS, Supabase, Cloudflare. */

import type { AuthorizationServerOptions } from '../contract/options.ts'
import { AUDIENCE, CLIENTS, FLAG, membersOf } from './validate.ts'
import {
  type AudienceOption,
  boundTo,
  type SelfHostedOption,
  transportOf,
  urlOf,
} from './shared.ts'

/** Options of {@link cognito}. */
export interface CognitoOptions extends AudienceOption {
  /** Such as `eu-west-2_AbCdEfGhI`; it begins with its region. */
  userPoolId: string
  /** App clients whose tokens are taken although they have no `aud`. @default none */
  clientIds?: readonly string[] | undefined
}

/**
 * Amazon Cognito, one user pool. ID tokens have the same keys; only `token_use: access` passes.
 * Scopes are written `resource-server-identifier/scope`.
 *
 * Quirks: `aud` is there only with *resource binding* (Essentials or Plus, managed login, and
 * clients that send `resource`). PKCE works but is not advertised, and there is no client
 * registration.
 *
 * Relaxes, with `clientIds` only: in a token without `aud`, `client_id` stands for it. Whatever
 * else the same app client may call, its tokens work here too. Where `aud` is present it must
 * match; give `audience` as well (your resource identifier) if some of the tokens are bound.
 *
 * @param options The pool and the app clients.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or not what it must be.
 * @see {@link https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html Cognito: the access token}
 */
export function cognito(options: CognitoOptions): AuthorizationServerOptions {
  const { userPoolId, clientIds, audience } = membersOf('cognito', options, {
    userPoolId: { is: 'pattern', pattern: USER_POOL, example: 'eu-west-2_AbCdEfGhI' },
    clientIds: { ...CLIENTS, isOptional: true },
    audience: AUDIENCE,
  })
  const region = userPoolId.split('_', 1)[0]
  return {
    issuer: `https://cognito-idp.${region}.amazonaws.com/${userPoolId}`,
    type: 'oidc',
    ...boundTo(clientIds, audience),
    accessToken: { kind: 'jwt', requiredClaims: ['token_use'] },
  }
}

const USER_POOL = /^[a-z]{2,}(?:-[a-z]+)+-\d+_[A-Za-z0-9]+$/

/** Options of {@link supabase}. */
export interface SupabaseOptions extends SelfHostedOption {
  /** The project: `https://ref.supabase.co`, or your custom domain if tokens name it. */
  url: string
}

/**
 * Supabase, with its OAuth server enabled. Ordinary sessions have the same `iss`, `aud` and keys;
 * only `client_id` tells them apart, so it is required. Projects that still sign with the legacy
 * HS256 secret publish no keys: migrate to signing keys.
 *
 * Relaxes: `aud` is always `authenticated` and `resource` is ignored, so the token of any OAuth
 * client of the project works at every resource of the project.
 *
 * @param options The project.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or not what it must be.
 * @see {@link https://github.com/supabase/auth/issues/2610 Supabase: resource is ignored}
 */
export function supabase(options: SupabaseOptions): AuthorizationServerOptions {
  const { url, ...transport } = membersOf('supabase', options, {
    url: { is: 'url', adds: '/auth/v1', example: 'https://ref.supabase.co' },
    dangerouslyAllowHttp: FLAG,
  })
  return {
    ...transportOf(transport),
    issuer: `${urlOf(url)}/auth/v1`,
    audience: 'authenticated',
    accessToken: { kind: 'jwt', requiredClaims: ['client_id'] },
  }
}

/** Options of {@link cloudflareAccess}. */
export interface CloudflareAccessOptions {
  /** `team.cloudflareaccess.com`. */
  teamDomain: string
  /** The application's audience (AUD) tag. */
  audience: string
}

/**
 * Cloudflare Access in front of the resource. Access logs users in by itself and adds its own token
 * in another header, so tell the resource where: `token: (request) =>
 * request.headers.get('Cf-Access-Jwt-Assertion') ?? undefined`. Tokens have no scopes. Those of
 * users name no client; those of service tokens have an empty `sub`, so they have no subject, and
 * their `common_name` is the client.
 *
 * Relaxes: nothing of the token. Whoever reaches your origin past Access meets the same check.
 *
 * @param options The team and the application.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or not what it must be.
 * @see {@link https://developers.cloudflare.com/cloudflare-one/identity/authorization-cookie/application-token/ Cloudflare: application token}
 */
export function cloudflareAccess(options: CloudflareAccessOptions): AuthorizationServerOptions {
  const { teamDomain, audience } = membersOf('cloudflareAccess', options, {
    teamDomain: { is: 'host', example: 'team.cloudflareaccess.com' },
    audience: { is: 'text' },
  })
  const issuer = urlOf(teamDomain)
  return {
    issuer,
    jwksUri: `${issuer}/cdn-cgi/access/certs`,
    audience,
    accessToken: { kind: 'jwt', requiredClaims: ['type'] },
    claims: { clientId: 'common_name' },
    mapClaims: (claims) => (claims['type'] === 'app' ? claims : null),
  }
}
