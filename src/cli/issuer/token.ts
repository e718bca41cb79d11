/** The token endpoint: codes and refresh tokens (OAuth 2.1 §3.2). */

import { createHash } from 'node:crypto'
import { repeatedIn, scopesIn } from './authorize.ts'
import type { Client } from './clients.ts'
import { INVALID } from './dpop.ts'
import type { Grant, Grants } from './grants.ts'
import { oauthError } from './oauth-error.ts'
import { targetProblem } from './resource.ts'

/** A response of the token endpoint. */
interface TokenResponse {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

interface TokenRequest {
  readonly client: Client
  readonly form: URLSearchParams
  /** `undefined` without a proof, or where DPoP is not offered. */
  readonly thumbprint: string | undefined
  readonly resource: string
}

const EXPIRES_IN_SECONDS = 3600

export async function redeem(request: TokenRequest, grants: Grants): Promise<TokenResponse> {
  const { form, thumbprint, resource } = request
  if (thumbprint === INVALID) return failure('invalid_dpop_proof', 'The DPoP proof is not valid.')
  // RFC 9449 §5.2.
  if (request.client.needsProof && thumbprint === undefined) {
    return failure('invalid_dpop_proof', 'This client has registered dpop_bound_access_tokens.')
  }
  const repeated = repeatedIn(form)
  if (repeated !== undefined) {
    return failure('invalid_request', `The parameter ${repeated} is there twice.`)
  }
  const target = targetProblem(form, resource)
  if (target !== undefined) return { status: 400, body: { ...target } }
  switch (form.get('grant_type')) {
    case 'authorization_code':
      return redeemCode(request, grants)
    case 'refresh_token':
      return refresh(request, grants)
    case null:
      return failure('invalid_request', 'grant_type is missing.')
    default:
      return failure('unsupported_grant_type', 'Use authorization_code or refresh_token.')
  }
}

async function redeemCode(request: TokenRequest, grants: Grants): Promise<TokenResponse> {
  const { client, form, thumbprint } = request
  const code = form.get('code')
  if (code === null) return failure('invalid_request', 'code is missing.')
  const data = grants.peekCode(code)
  if (data === undefined || data.clientId !== client.id) return UNUSABLE_CODE
  const redirectUri = form.get('redirect_uri')
  if (redirectUri !== null && redirectUri !== data.redirectUri) {
    return failure('invalid_grant', 'redirect_uri differs from the authorization request.')
  }
  const verifier = form.get('code_verifier') ?? ''
  if (!VERIFIER.test(verifier)) return failure('invalid_grant', VERIFIER_RULE)
  if (createHash('sha256').update(verifier).digest('base64url') !== data.challenge) {
    return failure('invalid_grant', 'code_verifier does not fit code_challenge (RFC 7636, 4.6).')
  }
  if (data.proofKey !== undefined && data.proofKey !== thumbprint) {
    return failure('invalid_grant', 'The code is bound to another key (RFC 9449, 10).')
  }
  const grant = grants.redeemCode(code)
  return grant === undefined ? UNUSABLE_CODE : issue(request, grant, grant.scopes, grants)
}

const UNUSABLE_CODE = failure('invalid_grant', 'The code is unknown, used or expired.')
const VERIFIER = /^[\w.~-]{43,128}$/
const VERIFIER_RULE = 'code_verifier must be 43 to 128 letters, digits or -._~ (RFC 7636, 4.1).'

async function refresh(request: TokenRequest, grants: Grants): Promise<TokenResponse> {
  const { client, form, thumbprint } = request
  const token = form.get('refresh_token')
  if (token === null) return failure('invalid_request', 'refresh_token is missing.')
  const held = grants.peekRefreshToken(token, client.id)
  if (held?.thumbprint !== undefined && held.thumbprint !== thumbprint) {
    return failure('invalid_grant', 'The refresh token is bound to another key.')
  }
  const asked = form.has('scope') ? scopesIn(form.get('scope')) : undefined
  // Clients repeat the scopes of their first request, also where the user granted fewer.
  const scopes = held?.grant.scopes.filter((each) => asked?.includes(each) ?? true) ?? []
  if (held !== undefined && asked !== undefined && asked.length > 0 && scopes.length === 0) {
    return failure('invalid_scope', 'None of these scopes was granted.')
  }
  const grant = grants.takeRefreshToken(token, client.id)
  if (grant === undefined) {
    return failure('invalid_grant', 'The refresh token is unknown, used or revoked.')
  }
  return issue(request, grant, scopes, grants)
}

async function issue(
  { client, thumbprint }: TokenRequest,
  grant: Grant,
  scopes: readonly string[],
  grants: Grants,
): Promise<TokenResponse> {
  return {
    status: 200,
    body: {
      access_token: await grants.accessToken(grant, scopes, thumbprint),
      token_type: thumbprint === undefined ? 'Bearer' : 'DPoP',
      expires_in: EXPIRES_IN_SECONDS,
      // RFC 9449 §5: bound to the key for a public client only. Another one authenticates with its secret.
      refresh_token: grants.refreshToken(
        grant,
        client.secret === undefined ? thumbprint : undefined,
      ),
      // RFC 6749 §3.3: a scope is not empty. Where the client named scopes, its absence would mean these (§5.1).
      scope: scopes.length > 0 || grant.namesScopes ? scopes.join(' ') : undefined,
    },
  }
}

function failure(error: string, description: string): TokenResponse {
  return { status: 400, body: { ...oauthError(error, description) } }
}
