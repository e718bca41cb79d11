/** Asserts a rejection: status, the whole challenge, and the body. */

import { expect } from 'vitest'
import { parseChallenges } from './challenge.ts'

/** The fixed text of each error, on the wire and in bodies. */
export const DESCRIPTIONS: Readonly<Record<string, string>> = {
  unauthorized: 'An access token is required.',
  invalid_request: 'The request or its credentials are malformed.',
  invalid_token: 'The access token is expired, revoked, malformed or not meant for this resource.',
  insufficient_scope: 'The access token lacks a scope that this request needs.',
  invalid_dpop_proof: 'The DPoP proof is missing, invalid or was used before.',
  use_dpop_nonce: 'The DPoP proof must contain the nonce from the DPoP-Nonce header.',
  insufficient_user_authentication: 'The user must authenticate again, or with a stronger method.',
}

export interface ExpectedRejection {
  readonly status: number
  /** `error` of the challenge; `undefined`: the challenge has none. */
  readonly error?: string
  readonly scope?: string
  readonly resourceMetadata: string
  /** @default 'application/json' */
  readonly contentType?: string
}

/** Asserts a rejection with a Bearer challenge, the whole header included. */
export async function expectRejection(
  response: Response,
  expected: ExpectedRejection,
): Promise<void> {
  const { status, error, scope, resourceMetadata, contentType = 'application/json' } = expected
  const header = response.headers.get('WWW-Authenticate') ?? ''
  expect({ status: response.status, header }).toEqual({
    status,
    header: bearerChallenge(error, scope, resourceMetadata),
  })
  expect(parseChallenges(header)).toHaveLength(1)
  expect(response.headers.get('Cache-Control')).toBe('no-store')
  expect(response.headers.get('Content-Type')).toBe(contentType)
  // Only the answer to HEAD names a length, and it has no content.
  if (response.headers.has('Content-Length') && response.body === null) return
  const body = (await response.json()) as { error: string; error_description: string }
  expect(body.error).toBe(error ?? 'unauthorized')
  expect(body.error_description).toBe(DESCRIPTIONS[error ?? 'unauthorized'])
}

export function bearerChallenge(
  error: string | undefined,
  scope: string | undefined,
  resourceMetadata: string,
): string {
  const params = [
    ...(error === undefined
      ? []
      : [`error="${error}"`, `error_description="${DESCRIPTIONS[error]}"`]),
    ...(scope === undefined ? [] : [`scope="${scope}"`]),
    `resource_metadata="${resourceMetadata}"`,
  ]
  return `Bearer ${params.join(', ')}`
}
