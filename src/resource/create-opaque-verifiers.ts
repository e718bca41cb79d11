/** The ways in which somebody is asked about one server's tokens, made ready from its options. */

import type { DocumentPorts, IssuerDocuments } from '../authorization-server/documents.ts'
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
import { type AnswerRules, judgeAnswer } from '../opaque/check-claims.ts'
import { CustomVerification } from '../opaque/custom.ts'
import { Introspection } from '../opaque/introspection.ts'
import type { OpaqueKind } from './state.ts'

/** What all kinds of one server have in common. */
export interface OpaqueSurroundings {
  readonly server: AuthorizationServerOptions
  readonly matches: IssuerMatcher
  readonly documents: IssuerDocuments
  readonly ports: DocumentPorts
  readonly audience: AudiencePolicy
  readonly times: TimePolicy
  readonly reading: ClaimReading
}

export function createOpaqueKinds(
  kinds: readonly AccessTokenKind[],
  surroundings: OpaqueSurroundings,
): OpaqueKind[] {
  const { server, matches, audience, times, reading } = surroundings
  const hasTenants = server.issuerTemplate !== undefined
  const rules: AnswerRules = { issuer: server.issuer, matches, hasTenants, audience, times }
  return kinds.flatMap((kind) => {
    if (kind === 'jwt' || kind.kind === 'jwt') return []
    const ask =
      kind.kind === 'custom'
        ? askApplication(kind, surroundings)
        : askServer(kind, surroundings, rules)
    return [{ accepts: kind.accepts, ask, rules, reading }]
  })
}

function askServer(
  options: IntrospectionOptions,
  { server, documents, ports, audience, times }: OpaqueSurroundings,
  rules: AnswerRules,
): OpaqueKind['ask'] {
  const introspection = new Introspection(options, {
    issuer: server.issuer,
    audience,
    documents,
    ports,
    toleranceSeconds: times.toleranceSeconds,
    isGood: (claims, now) => judgeAnswer(claims, rules, now).ok,
  })
  return (token, budget) => introspection.ask(token, budget)
}

function askApplication(
  options: CustomTokenOptions,
  { server, ports, audience }: OpaqueSurroundings,
): OpaqueKind['ask'] {
  const { policy, now } = ports
  const { resource } = audience
  const verification = new CustomVerification(options, {
    issuer: server.issuer,
    resource,
    policy,
    now,
  })
  return (token, budget, request) => verification.ask(token, budget, request)
}
