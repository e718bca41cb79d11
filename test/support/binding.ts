/** Rejections where DPoP is on: one challenge per scheme, with the error in the scheme of the request. */

import { expect } from 'vitest'
import type { AuthErrorCode } from '../../src/index.ts'
import { parseChallenges } from './challenge.ts'
import { METADATA_URL } from './issuer.ts'
import { DESCRIPTIONS } from './rejection.ts'
import { rejectionCodes, type Scene } from './scene.ts'

export const ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
]

export interface DpopRejection {
  readonly code: AuthErrorCode
  readonly status: number
  readonly error?: string
  /** The schemes whose challenge has the error. */
  readonly challengesWithError?: readonly ('Bearer' | 'DPoP')[]
  /** The schemes of all challenges, in order. */
  readonly challenges?: readonly ('Bearer' | 'DPoP')[]
  /** Parameters between the error and `algs`, as text, of the challenges with the error. */
  readonly details?: string
  /** The same of all challenges. */
  readonly scope?: string
  readonly algs?: string
}

export const BAD_PROOF: DpopRejection = {
  code: 'dpop_proof_invalid',
  status: 401,
  error: 'invalid_dpop_proof',
}

/** The rejection of a token whose proof, if any, is valid. */
export function badToken(code: AuthErrorCode, ...schemes: ('Bearer' | 'DPoP')[]): DpopRejection {
  return {
    code,
    status: 401,
    error: 'invalid_token',
    challengesWithError: schemes.length > 0 ? schemes : ['DPoP'],
  }
}

/** Asserts the whole rejection: status, both challenges, body, event, and that no handler ran. */
export async function expectDpopRejection(
  scene: Scene,
  pending: Response | Promise<Response>,
  expected: DpopRejection,
): Promise<Response> {
  const before = scene.runs.length
  const response = await pending
  const copy = response.clone()
  const header = response.headers.get('WWW-Authenticate') ?? ''
  expect({ code: rejectionCodes(scene).at(-1), status: response.status, header }).toEqual({
    code: expected.code,
    status: expected.status,
    header: challengesOf(expected),
  })
  const { challenges = ['Bearer', 'DPoP'] } = expected
  expect(parseChallenges(header).map(({ scheme }) => scheme)).toEqual(challenges)
  expect(response.headers.get('Cache-Control')).toBe('no-store')
  const error = expected.error ?? 'unauthorized'
  const body = await response.text()
  // A response to HEAD has no content (ERR-20).
  if (!response.headers.has('Content-Length')) {
    expect(JSON.parse(body)).toEqual({ error, error_description: DESCRIPTIONS[error] })
  } else expect(body).toBe('')
  expect(scene.runs).toHaveLength(before)
  return copy
}

export function challengesOf({
  error,
  challengesWithError = ['DPoP'],
  challenges = ['Bearer', 'DPoP'],
  details,
  scope,
  algs = ALGORITHMS.join(' '),
}: DpopRejection): string {
  return challenges
    .map((scheme) => {
      const hasError = error !== undefined && challengesWithError.includes(scheme)
      const parameters = [
        ...(hasError
          ? [`error="${error}"`, `error_description="${DESCRIPTIONS[error as string]}"`]
          : []),
        ...(scope === undefined ? [] : [`scope="${scope}"`]),
        ...(hasError && details !== undefined ? [details] : []),
        ...(scheme === 'DPoP' ? [`algs="${algs}"`] : []),
        `resource_metadata="${METADATA_URL}"`,
      ]
      return `${scheme} ${parameters.join(', ')}`
    })
    .join(', ')
}
