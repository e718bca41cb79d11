import { describe, expect, expectTypeOf, it } from 'vitest'
import { AUTH_ERRORS, type AuthErrorCode } from '../../src/contract/errors.ts'
import { METHOD_REFUSED, wireFailure } from '../../src/http/error-table.ts'

/** Every code, so that a new one does not compile before it was thought about here. */
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
    binding_missing: [401, 'invalid_token', 'error'],
    binding_mismatch: [401, 'invalid_token', 'error'],
    binding_unsupported: [401, 'invalid_token', 'error'],
    dpop_proof_missing: [401, 'invalid_dpop_proof', 'error'],
    dpop_proof_invalid: [401, 'invalid_dpop_proof', 'error'],
    dpop_proof_replayed: [401, 'invalid_dpop_proof', 'error'],
    dpop_nonce: [401, 'use_dpop_nonce', 'error'],
    scope_insufficient: [403, 'insufficient_scope', 'error'],
    authentication_insufficient: [401, 'insufficient_user_authentication', 'error'],
    unavailable: [503, 'temporarily_unavailable', 'none'],
    internal: [500, 'server_error', 'none'],
  }

const CODES = Object.keys(ROWS) as AuthErrorCode[]

describe('wireFailure()', () => {
  it.each(CODES)('gives %s its status, error and challenge', (code) => {
    const { error, challenge } = wireFailure(code)
    expect([AUTH_ERRORS[code].status, error, challenge]).toEqual(ROWS[code])
  })

  it('knows the same codes as the table of statuses', () => {
    expect(Object.keys(AUTH_ERRORS).sort()).toEqual([...CODES].sort())
    expectTypeOf(wireFailure).parameter(0).toEqualTypeOf<AuthErrorCode>()
    expectTypeOf<keyof typeof AUTH_ERRORS>().toEqualTypeOf<AuthErrorCode>()
  })

  it.each(CODES)('says of %s what a challenge may hold, and not our own code', (code) => {
    const { error, description } = wireFailure(code)
    expect(`${error}${description}`).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
    expect(`${error} ${description}`.split(' ')).not.toContain(code)
  })

  it.each(CODES)('names for %s the paragraph it rests on', (code) => {
    expect(AUTH_ERRORS[code].spec).toMatch(/^(RFC \d{4} §|MCP \d{4}-\d\d-\d\d |JSON-RPC 2\.0 §)/)
  })

  it('challenges with every 401 and with nothing that is not about credentials', () => {
    for (const code of CODES) {
      const { status } = AUTH_ERRORS[code]
      const { challenge } = wireFailure(code)
      if (status === 401) expect(challenge).not.toBe('none')
      if (status >= 500) expect(challenge).toBe('none')
    }
  })
})

describe('what is told in public', () => {
  it.each<[AuthErrorCode, string, string]>([
    ['credentials_missing', 'unauthorized', 'An access token is required.'],
    ['credentials_malformed', 'invalid_request', 'The request or its credentials are malformed.'],
    [
      'token_expired',
      'invalid_token',
      'The access token is expired, revoked, malformed or not meant for this resource.',
    ],
    [
      'dpop_proof_missing',
      'invalid_dpop_proof',
      'The DPoP proof is missing, invalid or was used before.',
    ],
    ['dpop_nonce', 'use_dpop_nonce', 'The DPoP proof must hold the nonce given here.'],
    [
      'scope_insufficient',
      'insufficient_scope',
      'The access token lacks a scope that this request needs.',
    ],
    [
      'authentication_insufficient',
      'insufficient_user_authentication',
      'The user has to authenticate again, or more strongly.',
    ],
    ['origin_refused', 'access_denied', 'Requests from this origin are not accepted.'],
    ['body_too_large', 'invalid_request', 'The request body is too large.'],
    ['body_timeout', 'invalid_request', 'The request body did not arrive in time.'],
    ['target_ambiguous', 'invalid_request', 'The request target can be read in more than one way.'],
    [
      'header_mismatch',
      'invalid_request',
      'The Mcp-Method or Mcp-Name header does not agree with the body.',
    ],
    ['unavailable', 'temporarily_unavailable', 'The access token cannot be checked right now.'],
    ['internal', 'server_error', 'The request could not be processed.'],
  ])('%s: %s, in these words', (code, error, description) => {
    expect(wireFailure(code)).toMatchObject({ error, description })
  })

  it('is a JSON-RPC error only where the headers do not agree', () => {
    const numbers = CODES.map((code) => wireFailure(code).jsonRpcCode)
    expect(wireFailure('header_mismatch').jsonRpcCode).toBe(-32020)
    expect(numbers.filter((number) => number !== undefined)).toEqual([-32020])
  })

  it('of a method that needs a token', () => {
    expect(METHOD_REFUSED).toEqual({
      error: 'invalid_request',
      description: 'This method needs an access token here.',
      challenge: 'none',
    })
  })
})
