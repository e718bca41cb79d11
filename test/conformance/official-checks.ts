/**
 * The checks of the MCP conformance suite's scenarios for protected resources, most of them in branches that are not
 * merged. `official.test.ts` has a test of our own for each; docs/conformance.md lists them.
 */

export interface OfficialScenario {
  readonly id: string
  /** Where it is proposed in modelcontextprotocol/conformance. */
  readonly source: string
  readonly checks: Readonly<Record<string, string>>
}

const PROOF = 'sep-1932-server-validate-proof'

export const OFFICIAL = [
  {
    id: 'auth-token-audience-validation',
    source: 'branch claude/issue-78-token-audience-validation',
    checks: {
      'auth-unauthenticated-request-rejected': 'A request without a token is 401.',
      'auth-valid-audience-token-accepted': 'A valid token for the server is accepted.',
      'auth-wrong-audience-token-rejected': 'A token for another resource is 401.',
      'auth-missing-audience-token-rejected': 'A token without `aud` is 401.',
      'auth-expired-token-rejected': 'An expired token is 401.',
      'auth-untrusted-token-rejected': 'A token signed by a key that is not published is 401.',
    },
  },
  {
    id: 'auth/dpop-server-validation',
    source: 'pull request 395',
    checks: {
      [`${PROOF} AcceptsValidProof`]: 'A bound token with a valid proof is accepted.',
      [`${PROOF} RejectsTamperedSignature`]: 'A changed signature is rejected.',
      [`${PROOF} RejectsMissingJti`]: 'A proof without `jti` is rejected.',
      [`${PROOF} RejectsWrongTyp`]: 'A proof with another `typ` is rejected.',
      [`${PROOF} RejectsHtuMismatch`]: 'A proof for another URL is rejected.',
      [`${PROOF} RejectsHtmMismatch`]: 'A proof for another method is rejected.',
      [`${PROOF} RejectsPrivateKeyInJwk`]: 'A proof with a private key is rejected.',
      [`${PROOF} RejectsWrongAth`]: 'A proof for another token is rejected.',
      [`${PROOF} RejectsBearerScheme`]: 'A bound token under the Bearer scheme is rejected.',
      [`${PROOF} RejectsDuplicateDpopHeader`]: 'Two proofs are rejected.',
      [`${PROOF} RejectsMissingHtm`]: 'A proof without `htm` is rejected.',
      [`${PROOF} RejectsMissingHtu`]: 'A proof without `htu` is rejected.',
      [`${PROOF} RejectsMissingIat`]: 'A proof without `iat` is rejected.',
      [`${PROOF} RejectsMissingJwk`]: 'A proof without `jwk` is rejected.',
      [`${PROOF} RejectsAthAbsent`]: 'A proof without `ath` is rejected.',
      [`${PROOF} RejectsMalformedProof`]: 'A text that is not a JWT is rejected.',
      [`${PROOF} RejectsCnfJktMismatch`]: 'A token bound to another key is rejected.',
      'sep-1932-server-iat-window RejectsStaleIat': 'A proof that is 303 seconds old is rejected.',
      'sep-1932-server-iat-window RejectsFutureIat': 'A proof 303 seconds ahead is rejected.',
      'sep-1932-asymmetric-alg-only RejectsAlgNone': 'A proof without a signature is rejected.',
      'sep-1932-asymmetric-alg-only RejectsAlgSymmetric': 'A proof with HS256 is rejected.',
      'sep-1932-server-audience-validation RejectsWrongAudience':
        'A token for another audience is rejected, whatever its proof.',
      'sep-1932-server-reject-401 RejectsWith401Challenge':
        'The rejection of a proof is a 401 with a DPoP challenge.',
      'sep-1932-server-nonce NonceFlow':
        'With nonces, a proof without one gets `use_dpop_nonce` and a nonce that is then accepted.',
    },
  },
  {
    id: 'server-auth/basic-auth-flow, server-auth/basic-dcr-flow',
    source: 'branch server-auth-conformance',
    checks: {
      'auth-401-response': 'A request without a token is 401.',
      'auth-www-authenticate-header': 'The 401 has a Bearer challenge.',
      'auth-resource-metadata-param': 'The challenge names the URL of the metadata.',
      'auth-prm-discovery': 'The metadata is at that URL.',
      'auth-prm-authorization-servers': 'The metadata names an authorization server.',
      'auth-authenticated-request': 'The request with a token succeeds.',
      'auth-flow-completion': 'The official client registers, logs in and calls a tool.',
    },
  },
  {
    id: 'server-auth/step-up-auth',
    source: 'branch server-auth-step-up',
    checks: {
      'step-up-403-response': 'A call without its scope is 403.',
      'step-up-scope-in-header': 'The challenge of the 403 names the scope.',
      'step-up-resource-metadata': 'The challenge of the 403 names the URL of the metadata.',
      'step-up-re-auth': 'The official client logs in again for that scope.',
      'step-up-success-after-escalation': 'The call succeeds with the new token.',
    },
  },
  {
    id: 'server/auth metadata set',
    source: 'pull request 64',
    checks: {
      'auth-401-status-code': 'A request without a token is 401.',
      'auth-401-www-authenticate-present': 'The 401 has `WWW-Authenticate`.',
      'auth-401-response-json': 'The body of the 401 is JSON.',
      'auth-www-auth-bearer-scheme': 'The challenge has the scheme Bearer.',
      'auth-www-auth-resource-metadata': 'The challenge has a valid `resource_metadata`.',
      'auth-www-auth-scope-format': 'The scope of the challenge has valid scope tokens.',
      'auth-www-auth-error-code': 'The error code is one of RFC 6750.',
      'auth-prm-endpoint-exists': 'The metadata is at the well-known URL.',
      'auth-prm-valid-json': 'The metadata is a JSON object.',
      'auth-prm-has-resource': 'The metadata has `resource`.',
      'auth-prm-has-authorization-servers': 'The metadata has `authorization_servers`.',
      'auth-prm-scopes-supported-valid': '`scopes_supported` contains strings only.',
      'auth-prm-resource-valid-uri': '`resource` is an absolute URI.',
      'auth-prm-resource-https': '`resource` is an https URL.',
      'auth-prm-resource-no-fragment': '`resource` has no fragment.',
      'auth-prm-resource-matches-server': '`resource` is the URL of the server.',
    },
  },
] as const satisfies readonly OfficialScenario[]
