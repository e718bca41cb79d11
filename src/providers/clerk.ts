/** Presets for Clerk, Hydra and Zitadel, which issue JWTs and opaque tokens side by side. */

import type { AuthorizationServerOptions } from '../contract/options.ts'
import { AUDIENCE, CLIENTS, CREDENTIALS, FLAG, membersOf } from './validate.ts'
import {
  type AudienceOption,
  boundTo,
  type IntrospectionCredentials,
  type SelfHostedOption,
  transportOf,
  urlOf,
} from './shared.ts'

/** Options of {@link clerk}. */
export interface ClerkOptions extends AudienceOption {
  /** The instance's frontend API: `name.clerk.accounts.dev`, `clerk.example.com`. */
  domain: string
  /** OAuth applications whose tokens are taken although they have no `aud`. @default none */
  clientIds?: readonly string[] | undefined
  /**
   * Credentials of an OAuth application, to ask about opaque tokens (`oat_…`). @default opaque
   * tokens are refused
   */
  introspection?: IntrospectionCredentials | undefined
}

/**
 * Clerk. Its OAuth tokens are JWTs to the letter of RFC 9068 but for `aud`; session tokens, which
 * have the same keys, are not and are refused. `azp` may be an origin and never counts as the
 * client.
 *
 * Relaxes, with `clientIds` only: in a token without `aud`, `client_id` stands for it; whatever
 * else these applications may call, their tokens work here too. Where clients register themselves
 * there is no list to give: then either have `aud` issued, or spread and set
 * `dangerouslyAllowMissingAudience`, which takes every OAuth token of the instance.
 *
 * @param options The instance, and how its tokens are bound to you.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or not what it must be.
 * @see {@link https://clerk.com/docs/guides/configure/auth-strategies/oauth/how-clerk-implements-oauth Clerk: how Clerk implements OAuth}
 */
export function clerk(options: ClerkOptions): AuthorizationServerOptions {
  const { domain, clientIds, audience, introspection } = membersOf('clerk', options, {
    domain: { is: 'host', example: 'name.clerk.accounts.dev' },
    clientIds: { ...CLIENTS, isOptional: true },
    audience: AUDIENCE,
    introspection: CREDENTIALS,
  })
  const issuer = urlOf(domain)
  const jwt = { kind: 'jwt', profile: 'rfc9068' } as const
  return {
    issuer,
    ...boundTo(clientIds, audience),
    accessToken:
      introspection === undefined
        ? jwt
        : [
            jwt,
            {
              kind: 'introspection',
              endpoint: `${issuer}/oauth/token_info`,
              accepts: isClerkToken,
              ...introspection,
            },
          ],
  }
}

function isClerkToken(token: string): boolean {
  return token.startsWith('oat_')
}

/** Options of {@link hydra}. */
export interface HydraOptions extends AudienceOption, SelfHostedOption {
  /** `urls.self.issuer`, character by character: it may or may not end in a slash. */
  issuer: string
  /**
   * How to ask about opaque tokens, which are the default. `endpoint` is not advertised; it is
   * `/admin/oauth2/introspect` at the admin port. @default opaque tokens are refused
   */
  introspection?: (IntrospectionCredentials & { endpoint: string }) | undefined
}

/**
 * Ory Hydra and Ory Network. JWTs (`strategies.access_token: jwt`) keep scopes in `scp`, `scope` or
 * both. `aud` is empty unless the client asked for an `audience` that its registration allows: add
 * the resource identifier there. Refresh tokens are active for introspection too, and are refused.
 * The admin port of a Hydra of your own asks nobody for credentials, so any `clientSecret` will do;
 * Ory Network wants its API key, which a `fetch` of yours can send.
 *
 * @param options The issuer, and how to ask it.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or not what it must be.
 * @see {@link https://www.ory.com/docs/oauth2-oidc/jwt-access-token Ory: JWT access tokens}
 */
export function hydra(options: HydraOptions): AuthorizationServerOptions {
  const { issuer, audience, introspection, ...transport } = membersOf('hydra', options, {
    issuer: { is: 'issuer', example: 'https://hydra.example/' },
    audience: AUDIENCE,
    introspection: CREDENTIALS,
    dangerouslyAllowHttp: FLAG,
  })
  return {
    ...transportOf(transport),
    issuer,
    audience,
    accessToken:
      introspection === undefined ? 'jwt' : ['jwt', { kind: 'introspection', ...introspection }],
  }
}

/** Options of {@link zitadel}. */
export interface ZitadelOptions extends SelfHostedOption {
  /** The instance: `name.zitadel.cloud`. */
  domain: string
  /** The project that holds this resource. */
  projectId: string
  /**
   * The API application's credentials, to ask about opaque tokens. @default opaque tokens are
   * refused
   */
  introspection?: IntrospectionCredentials | undefined
}

/**
 * Zitadel. Tokens are opaque unless an application is set to JWT. JWTs have no scope claim, so to
 * demand scopes use introspection. ID tokens have the same `aud` and keys; they have no `jti`,
 * which is required.
 *
 * Relaxes: `aud` is the project, so every resource of the project takes the tokens of all.
 *
 * @param options The instance, the project, and how to ask it.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or not what it must be.
 * @see {@link https://github.com/zitadel/zitadel/pull/12180 Zitadel: JWTs have no scope claim}
 */
export function zitadel(options: ZitadelOptions): AuthorizationServerOptions {
  const { domain, projectId, introspection, ...transport } = membersOf('zitadel', options, {
    domain: { is: 'host', example: 'name.zitadel.cloud' },
    projectId: { is: 'text' },
    introspection: CREDENTIALS,
    dangerouslyAllowHttp: FLAG,
  })
  const jwt = { kind: 'jwt', requiredClaims: ['jti'] } as const
  return {
    ...transportOf(transport),
    issuer: urlOf(domain),
    type: 'oidc',
    audience: projectId,
    accessToken:
      introspection === undefined ? jwt : [jwt, { kind: 'introspection', ...introspection }],
  }
}
