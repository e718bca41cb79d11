/** The preset for Supabase. */

import { type JwtServerOptions, type SelfHostedOption, toUrl, transportOptions } from './shared.ts'
import { FLAG, validateOptions } from './validate.ts'

/**
 * Options of {@link supabase}.
 *
 * @example
 * ```ts
 * const withSupabase = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [supabase({ url: 'https://ref.supabase.co' })],
 * })
 * ```
 */
export interface SupabaseOptions extends SelfHostedOption {
  /** The project's URL, or its custom domain if tokens name that: `https://ref.supabase.co`. */
  url: string
}

/**
 * Options for Supabase with its OAuth server enabled.
 *
 * Configure: projects that still sign with the legacy HS256 secret publish no keys; migrate them to
 * signing keys.
 *
 * Quirks: ordinary sessions have the same `iss`, `aud` and keys as OAuth tokens, but no `client_id`,
 * so `client_id` is required. There are no scopes but those of OpenID Connect, and tokens need not list them.
 *
 * Relaxes: `aud` is always `authenticated`, and Supabase ignores `resource`. Every resource of the
 * project accepts the tokens of every OAuth client of the project.
 *
 * @param options The project.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or invalid.
 * @example
 * ```ts
 * const withSupabase = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [supabase({ url: 'https://ref.supabase.co' })],
 * })
 * ```
 * @see {@link https://github.com/supabase/auth/issues/2610 Supabase: resource is ignored}
 */
export function supabase(options: SupabaseOptions): JwtServerOptions {
  const { url, ...transport } = validateOptions('supabase', options, {
    url: { is: 'url', adds: '/auth/v1', example: 'https://ref.supabase.co' },
    dangerouslyAllowHttp: FLAG,
  })
  return {
    ...transportOptions(transport),
    issuer: `${toUrl(url)}/auth/v1`,
    audience: 'authenticated',
    accessToken: { kind: 'jwt', requiredClaims: ['client_id'] },
  }
}
