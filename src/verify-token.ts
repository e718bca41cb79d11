/** From a token to what it is worth: which server it belongs to, and that server's way to verify it. */

import type { Patience } from './documents/patience.ts'
import type { AuthErrorCode, Refusal } from './errors.ts'
import { claimsTenant, type IssuerMatch, judgeTenant } from './identifiers/issuer-matcher.ts'
import { fail, type Result, succeed } from './lib/result.ts'
import type { ResourceState, ServerState } from './resource-state.ts'
import { type CompactJwt, readCompactJwt } from './token/compact-jwt.ts'
import { type JwtRules, verifyJwt } from './token/jwt.ts'
import { buildVerifiedToken, type VerifiedToken } from './token/verified-token.ts'
import { askAbout, verifyOpaqueToken } from './verify-opaque.ts'

type Verdict<Value> = Result<Value, Refusal>

/**
 * Verifies an access token, but not what binds it and not what it is good for.
 *
 * A JWT goes only to the server that its `iss` names, by exact comparison with what is configured:
 * nothing else of an unverified token is ever acted on. Any other token goes to the one server that
 * claims it.
 *
 * Fails with `token_…`, `unavailable` or `internal`.
 */
export async function verifyToken(
  token: string,
  state: ResourceState,
  now: number,
  patience: Patience,
  request?: Request,
): Promise<Verdict<VerifiedToken>> {
  const jwt = readCompactJwt(token)
  if (jwt === 'opaque') return verifyOpaqueToken(token, state, now, patience, request)
  if (jwt === 'malformed') return refuse('token_malformed')
  const named = findServer(jwt.claims['iss'], state)
  if (named === undefined) return refuse('token_issuer')
  const { server } = named
  const verdict =
    server.jwt === undefined
      ? await askAbout(token, jwt, server, now, patience, request)
      : await verifyAt(server, server.jwt, named.match, token, jwt, state, now, patience)
  return verdict.ok ? verdict : fail({ ...verdict.error, issuer: server.options.issuer })
}

async function verifyAt(
  server: ServerState,
  rules: JwtRules,
  match: IssuerMatch,
  token: string,
  jwt: CompactJwt,
  state: ResourceState,
  now: number,
  patience: Patience,
): Promise<Verdict<VerifiedToken>> {
  const { issuerTemplate } = server.options
  if (!claimsTenant(jwt.claims, match, issuerTemplate)) return refuse('token_issuer')
  const { keys } = server.documents
  const reportsAudience = state.onEvent !== undefined
  const verified = await verifyJwt(token, jwt, rules, { keys, now, patience, reportsAudience })
  if (!verified.ok) return verified
  const stranger = judgeTenant(match, issuerTemplate)
  if (stranger !== undefined) return refuse(stranger)
  const issuer = jwt.claims['iss'] as string
  const { audience, key } = verified.value
  const built = buildVerifiedToken(jwt.claims, issuer, audience, server.reading, key)
  return built.ok ? succeed(built.value) : refuse(built.error)
}

function findServer(
  issuer: unknown,
  state: ResourceState,
): { readonly server: ServerState; readonly match: IssuerMatch } | undefined {
  if (typeof issuer !== 'string') return undefined
  for (const server of state.servers) {
    const match = server.matches(issuer)
    if (match !== undefined) return { server, match }
  }
  return undefined
}

function refuse(
  code: AuthErrorCode,
  server?: ServerState,
): { readonly ok: false; readonly error: Refusal } {
  return fail({ code, issuer: server?.options.issuer })
}
