/** docs/errors.md: made of the tables that answer requests, and of what to do about each code. */

import {
  AUTH_ERRORS,
  type AuthErrorCode,
  type UpstreamErrorCode,
} from '../../src/contract/errors.ts'
import { WIRE_ERRORS } from '../../src/http/error-table.ts'

interface Advice {
  readonly means: string
  readonly remedy: string
}

/** A new code does not compile until there is advice about it. */
const ADVICE: Readonly<Record<AuthErrorCode, Advice>> = {
  credentials_missing: {
    means: 'No `Authorization`, or one of another scheme.',
    remedy: 'Nothing: that is how clients find out where to log in.',
  },
  credentials_malformed: {
    means: 'Not a scheme, spaces and one token; or longer than 16 KiB.',
    remedy: 'Mend the client.',
  },
  credentials_duplicate: {
    means: 'Two `Authorization` values.',
    remedy: 'Mend the client, or the proxy that adds one.',
  },
  origin_refused: {
    means: 'A page of an origin that is not listed.',
    remedy: 'List it in `origins` if it is yours.',
  },
  target_ambiguous: {
    means:
      'The path or authority of the request target has more than one reading, and they name different resources.',
    remedy:
      'Send the normalised URL. A path segment that needs an encoded slash or dots cannot be told apart from one that escapes.',
  },
  body_invalid: {
    means: 'A POST without a body, no JSON-RPC, or a body that could be read in two ways.',
    remedy: 'Mend the client. Only with `operations` are bodies read.',
  },
  body_too_large: {
    means: 'More than `maxBodyBytes`.',
    remedy: 'Raise it, if such calls are meant.',
  },
  body_timeout: {
    means: 'The body did not arrive within `bodyTimeoutMs`.',
    remedy: 'Raise it for slow clients; otherwise look for a proxy that holds the body back.',
  },
  header_mismatch: {
    means: '`Mcp-Method` or `Mcp-Name` is missing or contradicts the body.',
    remedy: 'Mend the client, or the proxy that rewrites one of them.',
  },
  token_malformed: {
    means: 'Not a JWT, and no entry takes this opaque token.',
    remedy: 'Look at what the server issues: an opaque or encrypted token? Then introspection.',
  },
  token_type: {
    means: 'A JWT of another kind: an ID token, say.',
    remedy:
      'Have the client send the access token. Where `aud` is not the resource identifier, a token needs a scope, a client or a `jti`, unless `requiredClaims` is given.',
  },
  token_algorithm: {
    means: 'An algorithm that is not on the list.',
    remedy: 'Have the server sign with an asymmetric one, or list it in `algorithms`.',
  },
  token_key: {
    means: 'No key of that name, or of that kind, in the fresh key set.',
    remedy: 'Compare the issuer: another environment’s token?',
  },
  token_signature: {
    means: 'The signature is not of that key.',
    remedy: 'The same; otherwise somebody is trying.',
  },
  token_issuer: {
    means: '`iss` is none of the configured issuers, character by character.',
    remedy: 'Compare slashes and hosts; see `tokenIssuers` for servers with two names.',
  },
  token_audience: {
    means: '`aud` holds none of the accepted values.',
    remedy:
      'The event says what was expected and received. Have the client send `resource`, or set `audience`.',
  },
  token_expired: {
    means: 'Past `exp`.',
    remedy: 'Nothing: the client gets a new one. If all are expired, look at the clock.',
  },
  token_not_yet_valid: {
    means: '`nbf` or `iat` lies ahead.',
    remedy: 'Look at both clocks.',
  },
  token_claims: {
    means: 'A required claim is missing or of the wrong type, or `mapClaims` refused.',
    remedy: 'Compare with the profile and `requiredClaims`.',
  },
  token_inactive: {
    means: 'The server, or `verify`, says that it is not valid.',
    remedy: 'Nothing, if it was revoked.',
  },
  binding_missing: {
    means: 'A bound token came as a plain one, or a plain one where binding is required.',
    remedy: 'Mend the client, or the server that should bind its tokens.',
  },
  binding_mismatch: {
    means: 'Another key or certificate than the token’s.',
    remedy: 'A stolen token, or a client that lost its key.',
  },
  binding_unsupported: {
    means: 'Bound in a way that is not enforced here.',
    remedy: 'Turn on `dpop` or `mtls`.',
  },
  dpop_proof_missing: { means: 'The DPoP scheme without a proof.', remedy: 'Mend the client.' },
  dpop_proof_invalid: {
    means: 'A proof for another request, too old, or badly signed.',
    remedy: 'If `htu` is the reason: `resource` must be the URL that clients use.',
  },
  dpop_proof_replayed: {
    means: 'A proof that was used before.',
    remedy: 'A client must make one per request, retries included.',
  },
  dpop_nonce: {
    means: 'The proof lacks a nonce of ours, or has an old one.',
    remedy: 'Nothing: the client repeats with the one it was given.',
  },
  scope_insufficient: {
    means: 'A good token without the scopes of this request.',
    remedy: 'Nothing: the client asks its user for them.',
  },
  authentication_insufficient: {
    means: 'The user logged in too long ago, or not strongly enough.',
    remedy: 'Nothing: the client logs in again. Does the server send `acr` and `auth_time`?',
  },
  unavailable: {
    means: 'A document or store that decides could not be had.',
    remedy: 'See the `document` events, and the [outage table](guides/outages.md).',
  },
  internal: {
    means:
      'A function of the configuration threw or made no sense, or the body was read before us and not handed over.',
    remedy: 'Look at the body of the answer, then at your functions.',
  },
}

const UPSTREAM: Readonly<Record<UpstreamErrorCode, string>> = {
  unreachable: 'No connection, or one that broke.',
  timeout: 'No answer within `timeoutMs`.',
  status: 'Another status than 200.',
  redirect: 'A redirect, which is never followed.',
  too_large: 'More than `maxBytes`.',
  not_json: 'No JSON object, or another content type.',
  invalid_document: 'JSON, but no such document: a member of the wrong type, no usable key.',
  issuer_mismatch: 'A document of another issuer.',
}

export function buildErrorsPage(): string {
  return [
    '# Errors',
    '',
    '<!-- Made by `npm run docs`. Change src/http/error-table.ts or test/docs/errors-page.ts instead. -->',
    '',
    'Clients are told little: a status, an `error` of the standards and a fixed sentence. The code is for you: it is',
    'in the event of type `refused`, in an `AuthError`, and nowhere else.',
    '',
    '| code | status | challenge | means | what to do | rests on |',
    '| --- | --- | --- | --- | --- | --- |',
    ...Object.entries(AUTH_ERRORS).map(([code, { status, spec }]) =>
      rowOf(code as AuthErrorCode, status, spec),
    ),
    '',
    'The challenge also names `scope`, `resource_metadata` and, for DPoP, `algs`; step-up adds `acr_values` and `max_age`.',
    'Where both schemes are offered the error stands in the one that was used. 503 and 500 have no challenge, because they',
    'say nothing about the token. A GET without credentials is 405 instead of 401 where anonymous calls may pass.',
    '',
    '## What clients read',
    '',
    '| `error` | `error_description` |',
    '| --- | --- |',
    ...descriptions(),
    '',
    'Bodies are `{ "error", "error_description" }`, but for `header_mismatch`, which is a JSON-RPC error with the code −32020.',
    '',
    '## Documents of servers',
    '',
    'Codes of `UpstreamError`, and of events of type `document`.',
    '',
    '| code | means |',
    '| --- | --- |',
    ...Object.entries(UPSTREAM).map(([code, means]) => `| \`${code}\` | ${means} |`),
    '',
    '## Mistakes of the configuration',
    '',
    'are a `ConfigError` when the resource is made, with all of them in `problems`: a `path` such as',
    '`authorizationServers[0].issuer`, and a `message` that says what to do.',
    '',
  ].join('\n')
}

function rowOf(code: AuthErrorCode, status: number, spec: string): string {
  const { error, challenge } = WIRE_ERRORS[code]
  const { means, remedy } = ADVICE[code]
  const said = { error: `\`${error}\``, bare: 'without error', none: 'none' }[challenge]
  return `| \`${code}\` | ${status} | ${said} | ${means} | ${remedy} | ${spec} |`
}

function descriptions(): string[] {
  const codes = Object.keys(AUTH_ERRORS) as AuthErrorCode[]
  const rows = codes
    .map((code) => WIRE_ERRORS[code])
    .map((each) => `| \`${each.error}\` | ${each.description} |`)
  return [...new Set(rows)]
}
