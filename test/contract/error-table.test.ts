import { describe, expect, it } from 'vitest'
import { AUTH_SPEC, type AuthErrorCode } from '../../src/contract/auth-error-codes.ts'
import { METHOD_NEEDS_TOKEN, WIRE_ERRORS } from '../../src/contract/error-table.ts'

/** One row per code; a new code does not compile without its row. */
const ROWS: Readonly<Record<AuthErrorCode, readonly [number, string, 'error' | 'bare' | 'none']>> =
  {
    credentials_missing: [401, 'unauthorized', 'bare'],
    credentials_malformed: [400, 'invalid_request', 'error'],
    credentials_duplicate: [400, 'invalid_request', 'error'],
    origin_refused: [403, 'access_denied', 'none'],
    target_ambiguous: [400, 'invalid_request', 'none'],
    body_invalid: [400, 'invalid_request', 'error'],
    body_too_large: [413, 'invalid_request', 'none'],
    body_timeout: [408, 'invalid_request', 'none'],
    header_mismatch: [400, 'invalid_request', 'none'],
    token_malformed: [401, 'invalid_token', 'error'],
    token_type: [401, 'invalid_token', 'error'],
    token_algorithm: [401, 'invalid_token', 'error'],
    token_key: [401, 'invalid_token', 'error'],
    token_signature: [401, 'invalid_token', 'error'],
    token_issuer: [401, 'invalid_token', 'error'],
    token_audience: [401, 'invalid_token', 'error'],
    token_expired: [401, 'invalid_token', 'error'],
    token_not_yet_valid: [401, 'invalid_token', 'error'],
    token_claims: [401, 'invalid_token', 'error'],
    token_inactive: [401, 'invalid_token', 'error'],
    token_revoked: [401, 'invalid_token', 'error'],
    binding_missing: [401, 'invalid_token', 'error'],
    binding_mismatch: [401, 'invalid_token', 'error'],
    binding_unsupported: [401, 'invalid_token', 'error'],
    dpop_proof_missing: [401, 'invalid_dpop_proof', 'error'],
    dpop_proof_invalid: [401, 'invalid_dpop_proof', 'error'],
    dpop_proof_replayed: [401, 'invalid_dpop_proof', 'error'],
    dpop_nonce: [401, 'use_dpop_nonce', 'error'],
    scope_insufficient: [403, 'insufficient_scope', 'error'],
    principal_missing: [403, 'access_denied', 'none'],
    session_unknown: [404, 'not_found', 'none'],
    authentication_insufficient: [401, 'insufficient_user_authentication', 'error'],
    operation_denied: [403, 'access_denied', 'none'],
    actor_refused: [403, 'access_denied', 'none'],
    unavailable: [503, 'temporarily_unavailable', 'none'],
    internal: [500, 'server_error', 'none'],
  }

const CODES = Object.keys(ROWS) as AuthErrorCode[]

describe('WIRE_ERRORS', () => {
  it.each(CODES)('gives %s its status, error and challenge', (code) => {
    const { status, error, challenge } = WIRE_ERRORS[code]
    expect([status, error, challenge]).toEqual(ROWS[code])
  })

  it.each(CODES)(
    'describes %s in characters that a challenge may contain, without the code',
    (code) => {
      const { error, description } = WIRE_ERRORS[code]
      expect(`${error}${description}`).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
      expect(`${error} ${description}`.split(' ')).not.toContain(code)
    },
  )

  it('has a challenge for every 401 and none for 5xx', () => {
    for (const code of CODES) {
      const { status, challenge } = WIRE_ERRORS[code]
      if (status === 401) expect(challenge).not.toBe('none')
      if (status >= 500) expect(challenge).toBe('none')
    }
  })

  it('sends these texts to clients', () => {
    const texts = CODES.map((code) => WIRE_ERRORS[code].description)
    expect([...new Set(texts)]).toEqual([
      'An access token is required.',
      'The request or its credentials are malformed.',
      'Requests from this origin are not accepted.',
      'The request target can be read in more than one way.',
      'The request body is too large.',
      'The request body did not arrive in time.',
      'The Mcp-Method or Mcp-Name header does not match the body.',
      'The access token is expired, revoked, malformed or not meant for this resource.',
      'The DPoP proof is missing, invalid or was used before.',
      'The DPoP proof must contain the nonce from the DPoP-Nonce header.',
      'The access token lacks a scope that this request needs.',
      'The access token names neither a user nor a client.',
      'There is no such session.',
      'The user must authenticate again, or with a stronger method.',
      'This operation is not permitted.',
      'Requests of this actor are not accepted.',
      'The access token cannot be checked right now.',
      'The request could not be processed.',
    ])
  })

  it('has an error without a challenge for methods that need a token', () => {
    expect(METHOD_NEEDS_TOKEN).toEqual({
      status: 405,
      error: 'invalid_request',
      description: 'This method requires an access token.',
      challenge: 'none',
    })
  })

  it('has a JSON-RPC error code only for header_mismatch', () => {
    const codes = CODES.filter((code) => WIRE_ERRORS[code].jsonRpcCode !== undefined)
    expect(codes).toEqual(['header_mismatch'])
    expect(WIRE_ERRORS.header_mismatch.jsonRpcCode).toBe(-32020)
  })
})

describe('AUTH_SPEC', () => {
  it.each(CODES)('names a section of a standard for %s', (code) => {
    expect(AUTH_SPEC[code]).toMatch(/^(RFC \d{4} §|MCP \d{4}-\d\d-\d\d |JSON-RPC 2\.0 §)/)
  })
})
