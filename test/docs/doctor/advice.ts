/** What a page of docs/doctor adds to a check: what people see, a command, and the fix for each product. */

import { AUTHORIZATION_SERVER_ADVICE } from './authorization-server-advice.ts'
import { CHALLENGE_ADVICE } from './challenge-advice.ts'
import { METADATA_ADVICE } from './metadata-advice.ts'
import { RESPONDER_ADVICE } from './responder-advice.ts'
import { TOKEN_ADVICE } from './token-advice.ts'

/** One finding. */
export interface Advice {
  /** What people see or search for. */
  readonly symptom: string
  readonly command: Command
  /** The fix, by product. */
  readonly products?: Readonly<Record<string, string>>
}

const WELL_KNOWN = `/.well-known/oauth-protected-resource$(echo "$URL" | cut -d/ -f4- | sed 's|^|/|')"`

/** Commands that change nothing on a server. */
export const COMMANDS = {
  post: `curl -si "$URL" -H 'Accept: application/json, text/event-stream' -H 'Content-Type: application/json' \\
  -d '{"jsonrpc":"2.0","id":1,"method":"ping"}'`,
  agent: `curl -si "$URL" -A Claude-User -H 'Accept: application/json, text/event-stream' -H 'Content-Type: application/json' \\
  -d '{"jsonrpc":"2.0","id":1,"method":"ping"}'`,
  garbage: `curl -si "$URL" -H 'Authorization: Bearer not-a-token' -H 'Accept: application/json, text/event-stream' \\
  -H 'Content-Type: application/json' -d '{"jsonrpc":"2.0","id":1,"method":"ping"}'`,
  get: `curl -si -m 5 "$URL" -H 'Accept: text/event-stream'`,
  delete: `curl -si -X DELETE "$URL" -H 'Mcp-Session-Id: no-such-session'`,
  forwarded: `curl -si "$URL" -H 'X-Forwarded-Host: doctor.invalid' -H 'Content-Type: application/json' \\
  -d '{"jsonrpc":"2.0","id":1,"method":"ping"}'`,
  plain: `curl -si "\${URL/https:/http:}"`,
  dns: `getent hosts "$(echo "$URL" | cut -d/ -f3 | cut -d: -f1)"`,
  tls: `curl -sv "$URL" -o /dev/null`,
  metadata: `curl -si "$ORIGIN${WELL_KNOWN}`,
  head: `curl -sI "$ORIGIN${WELL_KNOWN}`,
  documentPage: `curl -si "$ORIGIN${WELL_KNOWN} -H 'Origin: http://localhost:6274'`,
  documentPreflight: `curl -si -X OPTIONS "$ORIGIN${WELL_KNOWN} \\
  -H 'Origin: http://localhost:6274' -H 'Access-Control-Request-Method: GET' \\
  -H 'Access-Control-Request-Headers: mcp-protocol-version'`,
  legacy: `curl -si "$ORIGIN/.well-known/oauth-authorization-server"`,
  server: `curl -si "$ISSUER/.well-known/openid-configuration"`,
  serverPage: `curl -si "$ISSUER/.well-known/openid-configuration" -H 'Origin: http://localhost:6274'`,
  tokenPreflight: `curl -si -X OPTIONS "$(curl -s "$ISSUER/.well-known/openid-configuration" | jq -r .token_endpoint)" \\
  -H 'Origin: http://localhost:6274' -H 'Access-Control-Request-Method: POST'`,
  keys: `curl -s "$(curl -s "$ISSUER/.well-known/openid-configuration" | jq -r .jwks_uri)" | jq '.keys[] | keys'`,
  preflight: `curl -si -X OPTIONS "$URL" -H 'Origin: http://localhost:6274' -H 'Access-Control-Request-Method: POST' \\
  -H 'Access-Control-Request-Headers: authorization,content-type,mcp-protocol-version,mcp-session-id,mcp-method,mcp-name,last-event-id'`,
  page: `curl -si "$URL" -H 'Origin: http://localhost:6274' -H 'Content-Type: application/json' \\
  -d '{"jsonrpc":"2.0","id":1,"method":"ping"}'`,
  stranger: `curl -si "$URL" -H 'Origin: https://doctor.invalid' -H 'Content-Type: application/json' \\
  -d '{"jsonrpc":"2.0","id":1,"method":"ping"}'`,
  register: `curl -si "$(curl -s "$ISSUER/.well-known/openid-configuration" | jq -r .registration_endpoint)" \\
  -H 'Content-Type: application/json' -d '{"redirect_uris":["not a redirect URI"]}'`,
  claims: `echo "$TOKEN" | cut -d. -f2 | tr '_-' '/+' | base64 -d 2>/dev/null | jq '{iss, aud, scope, scp, iat, exp, cnf}'`,
  header: `echo "$TOKEN" | cut -d. -f1 | tr '_-' '/+' | base64 -d 2>/dev/null | jq '{alg, kid}'`,
  doctor: `echo "$TOKEN" | npx mcp-gatehouse doctor "$URL" --token -`,
} as const
export type Command = keyof typeof COMMANDS

/** What a correct server answers to each command. What a finding looks at is in correct.ts. */
export const GOOD: Readonly<Record<Command, string>> = {
  post: '`401` with a `WWW-Authenticate` that begins with `Bearer` and has `resource_metadata`, and a short JSON body.',
  agent: 'the same `401` as without `-A Claude-User`.',
  garbage:
    '`401` with a `WWW-Authenticate` that has `error="invalid_token"` and `resource_metadata`.',
  get: '`401`, or `405` if the server has no event stream.',
  delete: '`401`, `404` or `405`.',
  forwarded: '`doctor.invalid` is nowhere in the response.',
  plain: 'a redirect to https, or no connection.',
  dns: 'an address that is not in a private network (10., 192.168., 172.16. to 172.31., 127.).',
  tls: '`SSL certificate verify ok`, and a line that begins with `< HTTP/`.',
  metadata: '`200`, `application/json`, and a `resource` that is the URL of the MCP server.',
  head: '`200`, with the same fields as the response to GET.',
  documentPage: '`Access-Control-Allow-Origin: *`.',
  documentPreflight:
    '`204` with `Access-Control-Allow-Origin: *`, and `mcp-protocol-version` in `Access-Control-Allow-Headers`.',
  legacy: '`404`, or the metadata of the authorization server.',
  server: '`200`, `application/json`, and an `issuer` that is `$ISSUER`, character by character.',
  serverPage: '`200` with `Access-Control-Allow-Origin`.',
  tokenPreflight: '`200` or `204`, with `Access-Control-Allow-Origin`.',
  keys: 'for each key a list without `d`, `p`, `q`, `k` and `priv`.',
  preflight:
    '`204` with `Access-Control-Allow-Origin`, and every header of the request in `Access-Control-Allow-Headers`.',
  page: '`401` with `Access-Control-Allow-Origin`, and `WWW-Authenticate` in `Access-Control-Expose-Headers`.',
  stranger: '`403`.',
  header: 'the `kid` of a key at `jwks_uri` of the authorization server.',
  claims:
    '`aud` is the `resource` of the metadata, `iss` is an entry of `authorization_servers`, `exp` is in the future.',
  register:
    '`400` with `invalid_redirect_uri` or `invalid_client_metadata`: the endpoint registers clients, and rejects this one.',
  doctor: '`A call with the token succeeds`, and no error in the section Token.',
}

/** By the id of the finding. */
export const ADVICE: Readonly<Record<string, Advice>> = {
  ...RESPONDER_ADVICE,
  ...CHALLENGE_ADVICE,
  ...METADATA_ADVICE,
  ...AUTHORIZATION_SERVER_ADVICE,
  ...TOKEN_ADVICE,
}
