/** Rejections where DPoP is on: one challenge per scheme, with the error in the scheme of the request. */

import { expect } from 'vitest'
import type { AuthErrorCode } from '../../src/index.ts'
import { parseChallenges } from './challenge.ts'
import { METADATA_URL } from './issuer.ts'
import { DESCRIPTIONS } from './rejection.ts'
import { reasons, type Scene } from './scene.ts'

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
  /** Which challenges hear the error. */
  readonly told?: readonly ('Bearer' | 'DPoP')[]
  /** Which challenges there are. */
  readonly offered?: readonly ('Bearer' | 'DPoP')[]
  /** Parameters between the error and `algs`, as text, of the challenges that hear the error. */
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

/** A token that is refused although its proof, if any, is not to blame. */
export function badToken(code: AuthErrorCode, ...told: ('Bearer' | 'DPoP')[]): DpopRejection {
  return { code, status: 401, error: 'invalid_token', told: told.length > 0 ? told : ['DPoP'] }
}

/** Asserts the whole refusal: status, both challenges, body, event, and that nothing ran. */
export async function refusedBound(
  scene: Scene,
  answer: Response | Promise<Response>,
  expected: DpopRejection,
): Promise<Response> {
  const before = scene.runs.length
  const response = await answer
  const copy = response.clone()
  const header = response.headers.get('WWW-Authenticate') ?? ''
  expect({ code: reasons(scene).at(-1), status: response.status, header }).toEqual({
    code: expected.code,
    status: expected.status,
    header: challengesOf(expected),
  })
  const { offered = ['Bearer', 'DPoP'] } = expected
  expect(parseChallenges(header).map(({ scheme }) => scheme)).toEqual(offered)
  expect(response.headers.get('Cache-Control')).toBe('no-store')
  const error = expected.error ?? 'unauthorized'
  const body = await response.text()
  // An answer to HEAD has no content (ERR-20).
  if (!response.headers.has('Content-Length')) {
    expect(JSON.parse(body)).toEqual({ error, error_description: DESCRIPTIONS[error] })
  } else expect(body).toBe('')
  expect(scene.runs).toHaveLength(before)
  return copy
}

export function challengesOf({
  error,
  told = ['DPoP'],
  offered = ['Bearer', 'DPoP'],
  details,
  scope,
  algs = ALGORITHMS.join(' '),
}: DpopRejection): string {
  return offered
    .map((scheme) => {
      const isTold = error !== undefined && told.includes(scheme)
      const parameters = [
        ...(isTold
          ? [`error="${error}"`, `error_description="${DESCRIPTIONS[error as string]}"`]
          : []),
        ...(scope === undefined ? [] : [`scope="${scope}"`]),
        ...(isTold && details !== undefined ? [details] : []),
        ...(scheme === 'DPoP' ? [`algs="${algs}"`] : []),
        `resource_metadata="${METADATA_URL}"`,
      ]
      return `${scheme} ${parameters.join(', ')}`
    })
    .join(', ')
}
