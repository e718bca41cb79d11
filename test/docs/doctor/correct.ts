/** What a correct server answers, by the id of the finding, where the answer to the command in general does not show it. */

export const CORRECT: Readonly<Record<string, string>> = {
  'public-port': 'the same `401` from a URL without a port.',
  'rate-limit': 'the same `401` each time, for some thirty times in a minute.',
  'renamed-challenge':
    'a field `WWW-Authenticate`, and none with the name `x-amzn-remapped-www-authenticate`.',
  'stale-response': 'no field `Age`.',

  'challenge-cache': '`Cache-Control: no-store`.',
  'challenge-on-success': '`401` with `WWW-Authenticate`, or another status without it.',
  'challenge-syntax':
    '`Bearer name="value", name="value"`: commas between the parameters, and no quotation mark inside a value.',
  'challenge-error': 'a `WWW-Authenticate` without `error`.',
  'challenge-metadata-url': 'a `resource_metadata` with the scheme and the host of `$URL`.',
  'challenge-scope': 'a `WWW-Authenticate` with `scope="…"`.',
  'challenge-first': '`Bearer` is the first scheme of the first `WWW-Authenticate`.',
  'challenge-spelling':
    'the names are in lower case, `=` has no white space around it, and there is no backslash.',
  'challenge-scope-form':
    '`scope` is there once and not empty, with single spaces between the scopes, and no text before it contains `scope=`.',
  'token-echo': '`not-a-token` is nowhere in the response.',

  'metadata-named': '`200`, and `resource_metadata` in the challenge is this URL.',
  'metadata-agreement':
    'the same document as at the URL in the challenge and at `$ORIGIN/.well-known/oauth-protected-resource`.',
  'resource-identity': '`resource` is `$URL`, character by character.',
  'resource-path': '`resource` has a path.',
  'authorization-servers': '`authorization_servers` has at least one https URL.',
  'scopes-supported':
    '`scopes_supported` has the scopes of a first login, and no `offline_access`.',
  'bearer-methods': '`"bearer_methods_supported": ["header"]`.',
  'empty-members': 'no member is `null` or `[]`.',
  'metadata-types': 'URLs are absolute, and lists are lists of strings.',
  'metadata-type': '`Content-Type: application/json`.',
  'metadata-caching': '`Cache-Control` with a `max-age` of minutes or hours, and no `Set-Cookie`.',

  'server-found':
    '`200`, `application/json`, and an `issuer` that is `$ISSUER`, character by character. A server without OpenID Connect has the document at `/.well-known/oauth-authorization-server`.',
  'server-forms':
    'the same document as at the RFC 8414 URL: for `https://auth.example.com/a` that is `https://auth.example.com/.well-known/oauth-authorization-server/a`.',
  'server-redirect': '`200`, and no `Location`.',
  'server-html': '`200` with `application/json`, or `404`.',
  'server-agreement': 'the same members as at `/.well-known/oauth-authorization-server`.',
  'server-types': 'URLs are absolute, lists are lists of strings, and no member is `null`.',
  'keys-found': 'the members of at least one key.',
  'keys-usable': 'a key with `n` (RSA) or `x` (EC, Ed25519).',
  'keys-named': 'each key has a `kid`.',
  'server-endpoints': 'every endpoint has a host name that clients can reach.',
  'server-pushed-requests': 'no `require_pushed_authorization_requests`.',
  'server-old-grants': '`grant_types_supported` has neither `implicit` nor `password`.',
  'server-issuer': '`issuer` has no placeholder, no query and no fragment.',
  'server-members': 'the members have the types of RFC 8414 §2.',
  'server-authorization-endpoint': '`authorization_endpoint` is an https URL.',
  'server-token-endpoint': '`token_endpoint` is an https URL.',
  'server-code-flow':
    '`response_types_supported` lists `code`; `grant_types_supported`, if there is one, `authorization_code`.',
  'server-pkce': '`code_challenge_methods_supported` lists `S256`.',
  'server-client-registration':
    '`"client_id_metadata_document_supported": true`, or a `registration_endpoint`.',
  'server-issuer-parameter': '`"authorization_response_iss_parameter_supported": true`.',
  'server-keys': '`jwks_uri` is an https URL; for opaque tokens, `introspection_endpoint` is one.',
  'server-dpop': '`dpop_signing_alg_values_supported` lists `ES256`, and no symmetric algorithm.',
  'server-public-clients': '`token_endpoint_auth_methods_supported` lists `none`.',
  'server-refresh': '`grant_types_supported` lists `refresh_token`.',
  'server-scopes': 'a `scopes_supported`.',
  'server-protected-resources': '`protected_resources` lists the `resource` of the MCP server.',
  'server-signed-metadata': 'with or without `signed_metadata`.',
  'server-scope-form': '`scope` has the names that the authorization server uses.',
  'server-resource-form':
    '`resource` has a path, and the authorization server knows it as it stands.',
  'server-challenge-scopes': '`scopes_supported` has every scope of the MCP server.',
  'server-enterprise-authorization':
    '`grant_types_supported` lists `urn:ietf:params:oauth:grant-type:jwt-bearer`.',

  'cors-methods': '`Access-Control-Allow-Methods` lists `GET`, `POST` and `DELETE`.',
  'cors-credentials': 'no `Access-Control-Allow-Credentials`.',

  'token-form': 'an object with `iss`, `aud` and `exp`.',
  'token-audience': '`aud` is the `resource` of the metadata, or contains it.',
  'token-issuer': '`iss` is an entry of `authorization_servers`.',
  'token-scope': '`scope` or `scp` has the scopes that the server requires.',
  'token-binding': '`cnf` has a `jkt`.',
  'token-expiry': '`exp` is some hours ahead at most.',
  'token-lifetime': '`exp` is more than 300 seconds after `iat`.',
}
