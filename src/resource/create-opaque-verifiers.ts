/** Creates the verifiers for the opaque tokens of one server from its options. */

import type { IssuerDocuments } from '../authorization-server/documents.ts'
import type { DocumentPorts } from '../authorization-server/load-document.ts'
import type {
  AccessTokenKind,
  CustomTokenOptions,
  IntrospectionOptions,
} from '../contract/access-token-options.ts'
import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import type { IssuerMatcher } from '../identifiers/issuer-matcher.ts'
import type { AudiencePolicy } from '../jwt/audience.ts'
import type { TimePolicy } from '../jwt/times.ts'
import type { ClaimReading } from '../jwt/verified-token.ts'
import { type ClaimRules, checkClaims } from '../opaque/check-claims.ts'
import { CustomVerification } from '../opaque/custom.ts'
import { Introspection } from '../opaque/introspection.ts'
import type { OpaqueVerifier } from './state.ts'

/** The values that the verifiers of one server share. */
export interface OpaqueDependencies {
  readonly server: AuthorizationServerOptions
  readonly matches: IssuerMatcher
  readonly documents: IssuerDocuments
  readonly ports: DocumentPorts
  readonly audience: AudiencePolicy
  readonly times: TimePolicy
  readonly reading: ClaimReading
}

export function createOpaqueVerifiers(
  formats: readonly AccessTokenKind[],
  dependencies: OpaqueDependencies,
): OpaqueVerifier[] {
  const { server, matches, audience, times, reading } = dependencies
  const hasTenants = server.issuerTemplate !== undefined
  const rules: ClaimRules = { issuer: server.issuer, matches, hasTenants, audience, times }
  return formats.flatMap((format) => {
    if (format === 'jwt' || format.kind === 'jwt') return []
    const fetchClaims =
      format.kind === 'custom'
        ? verifyCustom(format, dependencies)
        : introspectAt(format, dependencies, rules)
    return [{ accepts: format.accepts, fetchClaims, rules, reading }]
  })
}

function introspectAt(
  options: IntrospectionOptions,
  { server, documents, ports, audience, times }: OpaqueDependencies,
  rules: ClaimRules,
): OpaqueVerifier['fetchClaims'] {
  const introspection = new Introspection(options, {
    issuer: server.issuer,
    audience,
    documents,
    ports,
    toleranceSeconds: times.toleranceSeconds,
    isGood: (claims, now) => checkClaims(claims, rules, now).ok,
  })
  return (token, budget) => introspection.introspect(token, budget)
}

function verifyCustom(
  options: CustomTokenOptions,
  { server, ports, audience }: OpaqueDependencies,
): OpaqueVerifier['fetchClaims'] {
  const { policy, now } = ports
  const { resource } = audience
  const verification = new CustomVerification(options, {
    issuer: server.issuer,
    resource,
    policy,
    now,
  })
  return (token, budget, request) => verification.verify(token, budget, request)
}
