/** Adds the option of this library to the advice about a server that uses it. */

import { WIRE_ERRORS } from '../contract/error-table.ts'
import { namesOther } from './checks/resource-metadata-values.ts'
import type { Evidence } from './evidence.ts'
import { type DoctorFinding, quoteUntrusted } from './finding.ts'

/** Adds the option to each remedy, if the responses are those of this library. */
export function nameOptions(
  findings: readonly DoctorFinding[],
  evidence: Evidence,
): readonly DoctorFinding[] {
  if (!isGatehouse(evidence)) return findings
  return findings.map((finding) => {
    const option = finding.remedy && OPTIONS[finding.id]?.(evidence)
    if (!option) return finding
    return { ...finding, remedy: `${finding.remedy} In mcp-gatehouse: ${option}.` }
  })
}

/**
 * Whether both descriptions are those of this library, character by character. One of them may be that of
 * another program.
 */
function isGatehouse({ anonymous, garbage }: Evidence): boolean {
  return (
    anonymous.exchange.body.includes(
      `"error_description":"${WIRE_ERRORS.credentials_missing.description}"`,
    ) &&
    garbage.challenge?.params.get('error_description') === WIRE_ERRORS.token_malformed.description
  )
}

const origins = ({ origin }: Evidence) => `origins: [${quoteUntrusted(origin)}]`
const resource = ({ called }: Evidence) => `resource: ${quoteUntrusted(called)}`
const scopes = () => 'challengeScopes and scopesSupported with the scopes that a usual user needs'

/** The option that decides about a finding. Most findings have none: the library is not their cause. */
const OPTIONS: Readonly<Record<string, (evidence: Evidence) => string>> = {
  'cors-preflight': origins,
  'cors-refusal': origins,
  'challenge-scope': scopes,
  'scopes-supported': () => 'scopesSupported',
  'server-challenge-scopes': scopes,
  'token-scope': () => 'requiredScopes, and scopePrefix of the server',
  'token-scope-answer': () => 'operations and challengeScopes',
  'token-tools': () => 'operations, without a scope for tools/list',
  'token-form': () => "accessToken: ['jwt', { kind: 'introspection', … }]",
  'token-issuer': () => 'authorizationServers and tokenIssuers',
  'token-audience': () => 'audience',
  'token-binding': () => 'dpop.required',
  'resource-identity': resource,
  'resource-path': ({ url }) => `audience: ["${url.origin}", "${url.origin}/"]`,
  'challenge-metadata-url': resource,
  'metadata-location': () => 'serve the whole origin, or mount the metadata route',
  'metadata-found': (evidence) =>
    namesOther(evidence.places)
      ? resource(evidence)
      : 'serve the whole origin, or mount the metadata route',
  'authorization-servers': () => 'authorizationServers, and metadataUrl for the URL of a document',
  'server-library': () => 'metadata of authorizationServers',
  'get-status': () => 'getStream: false if the server has no event stream',
}
