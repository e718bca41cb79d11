/** What several presets have in common. */

import type {
  AuthorizationServerOptions,
  CustomTokenOptions,
  IntrospectionOptions,
} from '../contract/options.ts'

/** How to ask the server about opaque tokens: the credentials of this resource there. */
export type IntrospectionCredentials = Omit<IntrospectionOptions, 'kind'>

/** For providers that are asked about every token. */
export type QuestionOptions = Pick<CustomTokenOptions, 'accepts' | 'cacheSeconds'>

/** Where the provider writes the resource identifier into `aud` once it was told to. */
export interface AudienceOption {
  /** Accepted `aud` values. @default the resource identifier */
  audience?: string | readonly string[] | undefined
}

/** Where people run the server themselves, in a network of their own. */
export interface SelfHostedOption {
  /** Allow plain http beyond loopback. For development only. @default false */
  dangerouslyAllowHttp?: boolean | undefined
}

/** What the preset's options say of that. */
export function transportOf({
  dangerouslyAllowHttp,
}: SelfHostedOption): Pick<AuthorizationServerOptions, 'dangerouslyAllowHttp'> {
  return dangerouslyAllowHttp === undefined ? {} : { dangerouslyAllowHttp }
}

/** Tokens without `aud` by their client, if clients are named; with it, by what it says. */
export function boundTo(
  clientIds: readonly string[] | undefined,
  audience: AudienceOption['audience'],
): Pick<AuthorizationServerOptions, 'audience' | 'claims'> {
  if (clientIds === undefined) return { audience }
  return { audience: [...clientIds, ...[audience ?? []].flat()], claims: { audience: 'client_id' } }
}

/**
 * Takes a domain as people write it: with or without scheme, with or without a slash at the end.
 */
export function urlOf(place: string): string {
  const url = place.endsWith('/') ? place.slice(0, -1) : place
  return /^https?:\/\//.test(url) ? url : `https://${url}`
}
