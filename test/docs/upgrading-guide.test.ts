/** The upgrade page names each error code that version 0.1 did not have, with its status. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { AuthErrorCode } from '../../src/contract/auth-error-codes.ts'
import { WIRE_ERRORS } from '../../src/contract/error-table.ts'

const GUIDE = readFileSync(new URL('../../docs/guides/upgrading.md', import.meta.url), 'utf8')

/** The codes of version 0.1.0. */
const OLD: ReadonlySet<string> = new Set([
  'authentication_insufficient',
  'binding_mismatch',
  'binding_missing',
  'binding_unsupported',
  'body_invalid',
  'body_too_large',
  'credentials_duplicate',
  'credentials_malformed',
  'credentials_missing',
  'dpop_nonce',
  'dpop_proof_invalid',
  'dpop_proof_missing',
  'dpop_proof_replayed',
  'header_mismatch',
  'internal',
  'origin_refused',
  'scope_insufficient',
  'token_algorithm',
  'token_audience',
  'token_claims',
  'token_expired',
  'token_inactive',
  'token_issuer',
  'token_key',
  'token_malformed',
  'token_not_yet_valid',
  'token_signature',
  'token_type',
  'unavailable',
])

const codes = Object.keys(WIRE_ERRORS) as AuthErrorCode[]
const section = GUIDE.split('## New codes')[1]?.split('\n## ')[0] ?? ''
const rows = section.split('\n').filter((line) => line.startsWith('| `'))

describe('docs/guides/upgrading.md', () => {
  it('has a row with its status for each new code, and no other', () => {
    const expected = codes
      .filter((code) => !OLD.has(code))
      .map((code) => `| \`${code}\` | ${WIRE_ERRORS[code].status} |`)
    expect(rows.map((row) => row.split('|').slice(0, 3).join('|').concat('|')).sort()).toEqual(
      expected.sort(),
    )
  })

  it('names only codes that exist, with their statuses', () => {
    const named = [...GUIDE.matchAll(/\b(\d{3}) `([a-z]+_[a-z_]+|unavailable|internal)`/g)]
    expect(named.length).toBeGreaterThan(10)
    for (const [, status, code] of named) {
      expect(WIRE_ERRORS[code as AuthErrorCode].status, code).toBe(Number(status))
    }
  })

  it('names codes of 0.1 that still exist', () => {
    expect([...OLD].filter((code) => !codes.includes(code as AuthErrorCode))).toEqual([])
  })
})
