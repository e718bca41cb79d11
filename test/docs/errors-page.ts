/** docs/errors.md: generated from the error tables of src and the advice for each code. */

import { AUTH_SPEC, type AuthErrorCode } from '../../src/contract/auth-error-codes.ts'
import { WIRE_ERRORS } from '../../src/contract/error-table.ts'
import type { UpstreamErrorCode } from '../../src/contract/errors.ts'

interface Advice {
  readonly means: string
  readonly remedy: string
}

/** A new code does not compile without its advice. */
const ADVICE: Readonly<Record<AuthErrorCode, Advice>> = {
  credentials_missing: {
    means: 'The request has no `Authorization` header, or one with another scheme.',
    remedy: 'Nothing. The challenge leads the client to the login.',
  },
  credentials_malformed: {
    means: 'The header is not a scheme, spaces and one token, or it is longer than 16 KiB.',
    remedy: 'Fix the client.',
  },
  credentials_duplicate: {
    means: 'The request has two `Authorization` values.',
    remedy: 'Fix the client, or the proxy that adds one.',
  },
  origin_refused: {
    means: 'The `Origin` of the request is not accepted.',
    remedy: 'Add it to `origins` if it is yours.',
  },
  target_ambiguous: {
    means:
      'The path or authority of the request target has more than one reading, and they name different resources.',
    remedy:
      'Send the normalised URL. Encoded slashes and dots in a path segment are not supported.',
  },
  body_invalid: {
    means: 'The POST has no body, or the body is not JSON-RPC or is ambiguous.',
    remedy: 'Fix the client. Bodies are read only with `operations`.',
  },
  body_too_large: {
    means: 'The body has more than `maxBodyBytes`.',
    remedy: 'Increase the option if such calls are intended.',
  },
  body_timeout: {
    means: 'The body did not arrive within `bodyTimeoutMs`.',
    remedy:
      'Increase the option for slow clients; otherwise look for a proxy that delays the body.',
  },
  header_mismatch: {
    means: '`Mcp-Method` or `Mcp-Name` is missing or contradicts the body.',
    remedy: 'Fix the client, or the proxy that rewrites one of them.',
  },
  token_malformed: {
    means: 'The token is not a JWT, and no `accessToken` entry accepts this opaque token.',
    remedy: 'If the server issues opaque or encrypted tokens, configure introspection.',
  },
  token_type: {
    means: 'The JWT is not an access token but, for example, an ID token.',
    remedy:
      'Have the client send the access token. Where `aud` is not the resource identifier, a token needs a scope, a client or a `jti`, unless `requiredClaims` is given.',
  },
  token_algorithm: {
    means: 'The algorithm of the token is not accepted.',
    remedy: 'Configure an asymmetric algorithm at the server, or add it to `algorithms`.',
  },
  token_key: {
    means: 'The current key set contains no key with that `kid`, or none that fits the algorithm.',
    remedy: 'Compare the issuers: the token may come from another environment.',
  },
  token_signature: {
    means: 'The key does not verify the signature.',
    remedy: 'Compare the issuers. Otherwise the token was forged or changed.',
  },
  token_issuer: {
    means: '`iss` does not equal a configured issuer, character by character.',
    remedy: 'Compare slashes and hosts. For a server with several issuers use `tokenIssuers`.',
  },
  token_audience: {
    means: '`aud` contains none of the accepted values.',
    remedy:
      'The event contains the accepted and the received values. Let the client send `resource`, or set `audience`.',
  },
  token_expired: {
    means: '`exp` is in the past.',
    remedy: 'Nothing. The client gets a new token. If all tokens are expired, check the clock.',
  },
  token_not_yet_valid: {
    means: '`nbf` is in the future, or `iat` where `maxTokenAgeSeconds` is set.',
    remedy: 'Check both clocks.',
  },
  token_claims: {
    means: 'A required claim is missing or of the wrong type, or `mapClaims` rejected the token.',
    remedy: 'Compare with the profile and `requiredClaims`.',
  },
  token_inactive: {
    means: 'The introspection response, or `verify`, states that the token is not valid.',
    remedy: 'Nothing, if the token was revoked.',
  },
  token_revoked: {
    means:
      'The token was revoked before it expired: by `isRevoked`, by its status list, or by a logout. `revokedBefore` also rejects tokens without `iat`, and those that live longer than `keepSeconds`.',
    remedy: 'Nothing. The client starts a new login.',
  },
  binding_missing: {
    means:
      'A bound token was sent without its proof or certificate, or an unbound token where binding is required.',
    remedy: 'Fix the client, or let the server bind its tokens.',
  },
  binding_mismatch: {
    means: 'The key or certificate is not that of the token.',
    remedy: 'The token was stolen, or the client lost its key.',
  },
  binding_unsupported: {
    means: 'The token is bound by a method that is not enabled.',
    remedy: 'Enable `dpop` or `mtls`.',
  },
  dpop_proof_missing: {
    means: 'The request uses the DPoP scheme without a proof.',
    remedy: 'Fix the client.',
  },
  dpop_proof_invalid: {
    means: 'The proof is for another request, too old, or its signature is invalid.',
    remedy:
      'The event names the claim. `htu`: `resource` must be the URL that clients use. `iat`: a clock is wrong.',
  },
  dpop_proof_replayed: {
    means: 'The proof was used before.',
    remedy: 'A client must create a proof per request, also for retries.',
  },
  dpop_nonce: {
    means: 'The proof has no nonce of this resource, or an expired one.',
    remedy: 'Nothing. The client repeats the request with the nonce of the response.',
  },
  scope_insufficient: {
    means: 'The token is valid but lacks a scope of this request.',
    remedy: 'Nothing. The client requests the scope from its user.',
  },
  principal_missing: {
    means:
      'The resource has `sessions`, and the token has neither a subject nor a client ID, or a subject that is not a string.',
    remedy:
      'Let the authorization server issue one of them, or read it with `claims`. Make a string of a number in `mapClaims`.',
  },
  session_unknown: {
    means:
      'The `Mcp-Session-Id` was not sealed for this principal at this resource: it is forged, or of another user, or sealed with a removed secret.',
    remedy: 'Nothing. The client starts a new session.',
  },
  authentication_insufficient: {
    means: 'The login is too old or too weak.',
    remedy: 'Nothing. The client starts a new login. The server must send `acr` and `auth_time`.',
  },
  operation_denied: {
    means:
      'The policy denies the operation, or a token exchange failed for good. The event has the reason of `deny(reason)`, or the code of the exchange and the `error` of the authorization server.',
    remedy: 'Nothing, if the policy is right. No scope helps, so the client starts no login.',
  },
  actor_refused: {
    means: '`acceptActors` does not accept the actor of the token (`act`).',
    remedy: 'Accept the actor if it may act for its subjects.',
  },
  unavailable: {
    means: 'A document, a store or a function that the decision needs is not available.',
    remedy:
      'If the event has an `option`, check that function or store. Otherwise see the `document` events, and the [outage table](guides/outages.md).',
  },
  internal: {
    means:
      'A function of the configuration threw or returned an invalid value, or the body was read before and not passed on.',
    remedy:
      'Check the function of the option that the event names in `option`. Without one, read the description in the response; otherwise check `now` and the functions of `protect`.',
  },
}

const UPSTREAM: Readonly<Record<UpstreamErrorCode, string>> = {
  unreachable:
    'The connection failed. `reason` is the code of the network error, such as `ENOTFOUND` or `DEPTH_ZERO_SELF_SIGNED_CERT`, on Node and Bun.',
  timeout: 'There was no response within `timeoutMs`.',
  status: 'The status is not 200.',
  redirect: 'The response is a redirect. Redirects are not followed.',
  too_large: 'The document has more than `maxBytes`.',
  not_json: 'The document is not a JSON object, or has another content type.',
  invalid_document:
    'The JSON, or the signed response, is not a valid document: a member has the wrong type, or no key is usable. `message` says which.',
  issuer_mismatch: 'The document names another issuer.',
}

export function buildErrorsPage(): string {
  return [
    '# Errors',
    '',
    '<!-- Generated by `npm run docs`. Change src/contract/error-table.ts or test/docs/errors-page.ts instead. -->',
    '',
    'A client receives a status, an `error` of the standards and a fixed sentence. The code is for the operator: it is',
    'in the event of type `refused` and in an `AuthError`, and it is never sent.',
    '',
    '| code | status | challenge | meaning | what to do | standard |',
    '| --- | --- | --- | --- | --- | --- |',
    ...Object.keys(WIRE_ERRORS).map((code) => rowOf(code as AuthErrorCode)),
    '',
    'The challenge also names `scope`, `resource_metadata` and, for DPoP, `algs`; step-up adds `acr_values` and `max_age`.',
    'If both schemes are offered, the error is in the challenge of the scheme that was used. 503 and 500 have no challenge,',
    'because they say nothing about the token. If anonymous calls are accepted, a GET without credentials is a 405, not a 401.',
    '',
    '## Error descriptions',
    '',
    '| `error` | `error_description` |',
    '| --- | --- |',
    ...descriptions(),
    '',
    'Bodies are `{ "error", "error_description" }`, except for `header_mismatch`: its body is a JSON-RPC error with the code −32020.',
    '',
    '## Remote documents',
    '',
    'Codes of `UpstreamError`, and of events of type `document`.',
    '',
    '| code | meaning |',
    '| --- | --- |',
    ...Object.entries(UPSTREAM).map(([code, means]) => `| \`${code}\` | ${means} |`),
    '',
    '## Configuration errors',
    '',
    'Creating a resource with mistakes in its options throws a `ConfigError`. Its `problems` contain all of them, each with a',
    '`path` such as `authorizationServers[0].issuer` and a `message` that says how to fix it.',
    '',
  ].join('\n')
}

function rowOf(code: AuthErrorCode): string {
  const { status, error, challenge } = WIRE_ERRORS[code]
  const { means, remedy } = ADVICE[code]
  const said = { error: `\`${error}\``, bare: 'without error', none: 'none' }[challenge]
  return `| \`${code}\` | ${status} | ${said} | ${means} | ${remedy} | ${AUTH_SPEC[code]} |`
}

function descriptions(): string[] {
  const codes = Object.keys(WIRE_ERRORS) as AuthErrorCode[]
  const rows = codes
    .map((code) => WIRE_ERRORS[code])
    .map((each) => `| \`${each.error}\` | ${each.description} |`)
  return [...new Set(rows)]
}
