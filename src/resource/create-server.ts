/** Creates the state of one authorization server from its settings. */

import type { JwtOptions } from '../contract/access-token-options.ts'
import { JWT_DEFAULTS, SERVER_DEFAULTS } from '../contract/defaults.ts'
import { emit } from '../contract/events.ts'
import { SUPPORTED_ALGORITHMS } from '../crypto/algorithms.ts'
import { createIssuerMatcher } from '../identifiers/issuer-matcher.ts'
import type { AudiencePolicy } from '../jwt/audience.ts'
import type { JwtRules } from '../jwt/verify-jwt.ts'
import { ownMember } from '../lib/own-members.ts'
import { toList } from '../lib/to-list.ts'
import type { GrantReader } from '../scope/grant.ts'
import type { OpaqueDependencies, TokenFormats } from './feature.ts'
import type { ServerSettings, Settings } from './settings.ts'
import { documentPorts, sharedDocumentsOf } from './shared-documents.ts'
import type { OpaqueVerifier, ServerState } from './state.ts'
import { tokenFormatsOf } from './token-formats.ts'

export function createServer(
  server: ServerSettings,
  settings: Settings,
  grant: GrantReader,
  formats: TokenFormats,
): ServerState {
  const { options } = server
  const jwt = jwtOptionsOf(server)
  const documents = sharedDocumentsOf(server, settings)
  const { issuer: authority, claims: names, mapClaims } = options
  const reading = { authority, names, mapClaims, grant }
  const matches = createIssuerMatcher(options)
  const audience = audiencePolicy(server, settings)
  return {
    options,
    matches,
    documents,
    jwt: jwt && jwtRules(jwt, names, audience, settings),
    reading: { profile: jwt?.profile ?? JWT_DEFAULTS.profile, ...reading },
    opaque: createOpaqueVerifiers(formats, {
      server: options,
      matches,
      documents,
      ports: documentPorts(server, settings, (event) => emit(settings.onEvent, event)),
      audience,
      times: { toleranceSeconds: settings.clockToleranceSeconds, maxAgeSeconds: undefined },
      reading: { profile: 'standard', ...reading },
    }),
  }
}

/** Whether the metadata of the resource names the server. */
export function isAdvertised({ options }: Pick<ServerSettings, 'options'>): boolean {
  return options.advertised ?? SERVER_DEFAULTS.advertised
}

function createOpaqueVerifiers(
  formats: TokenFormats,
  dependencies: OpaqueDependencies,
): OpaqueVerifier[] {
  return tokenFormatsOf(dependencies.server).flatMap((format) => {
    const feature = ownMember(formats, format.kind)
    return feature === undefined ? [] : [feature.create(format, dependencies)]
  })
}

function jwtOptionsOf({ options }: ServerSettings): JwtOptions | undefined {
  return tokenFormatsOf(options).find((format) => format.kind === 'jwt')
}

function jwtRules(
  jwt: JwtOptions,
  names: ServerSettings['options']['claims'],
  audience: AudiencePolicy,
  { clockToleranceSeconds: toleranceSeconds }: Settings,
): JwtRules {
  return {
    profile: jwt.profile ?? JWT_DEFAULTS.profile,
    algorithms: new Set(jwt.algorithms ?? SUPPORTED_ALGORITHMS),
    requiredClaims: jwt.requiredClaims ?? [],
    evidence: { names, isReplaced: jwt.requiredClaims !== undefined },
    audience,
    times: { toleranceSeconds, maxAgeSeconds: jwt.maxTokenAgeSeconds },
  }
}

function audiencePolicy(
  { options, audience }: ServerSettings,
  { resource }: Settings,
): AudiencePolicy {
  return {
    resource,
    // Events contain this list, so it is frozen: a listener must not change what is accepted.
    accepted: Object.freeze([...toList(audience)]),
    allowMissing: options.dangerouslyAllowMissingAudience ?? false,
    substitute: options.claims?.audience,
  }
}
