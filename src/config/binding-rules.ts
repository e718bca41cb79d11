/** Rules for the options of DPoP and mutual TLS. */

import type { DpopOptions } from '../contract/binding-options.ts'
import { PROOF_ALGORITHMS } from '../crypto/algorithms.ts'
import { isToken } from '../lib/header-syntax.ts'
import type { CheckedOptions } from '../resource/feature.ts'
import type { Report } from './report.ts'
import { checkSecrets } from './secret-rules.ts'
import { algorithmsProblem } from './token-format-rules.ts'

/** Clocks usually differ by up to a second; RFC 9449 §11.1 requires a "relatively brief period". */
const WINDOW_SECONDS = { least: 1, most: 3600 }
/** A client with an expired nonce receives a new one with the next rejection. */
const LIFETIME_SECONDS = { least: 1, most: 86_400 }

/** Reports every mistake in `dpop`. */
export function checkDpop({ dpop, token }: CheckedOptions, report: Report): void {
  if (dpop !== undefined && dpop !== false && token !== undefined) {
    report(
      'dpop',
      'cannot be combined with token, because DPoP is a scheme of the Authorization header',
    )
  }
  if (typeof dpop === 'object') checkDpopOptions(dpop, report)
}

/** Reports every mistake in `mtls`. */
export function checkMtls({ mtls }: CheckedOptions, report: Report): void {
  const options = typeof mtls === 'object' ? mtls : undefined
  const header = options?.dangerouslyTrustHeader
  if (options?.format !== undefined && header === undefined) {
    report('mtls.format', 'is the form of a header field; name the field in dangerouslyTrustHeader')
  }
  if (header !== undefined && !isToken(header)) {
    report('mtls.dangerouslyTrustHeader', 'must be the name of a header field, such as Client-Cert')
  }
}

function checkDpopOptions({ algorithms, windowSeconds, nonce }: DpopOptions, report: Report): void {
  if (algorithms !== undefined) {
    report('dpop.algorithms', algorithmsProblem(algorithms, PROOF_ALGORITHMS))
  }
  report('dpop.windowSeconds', secondsProblem(windowSeconds, WINDOW_SECONDS))
  if (nonce === undefined) return
  const { secret, lifetimeSeconds } = nonce
  checkSecrets('dpop.nonce.secret', secret, report)
  report('dpop.nonce.lifetimeSeconds', secondsProblem(lifetimeSeconds, LIFETIME_SECONDS))
}

function secondsProblem(
  value: number | undefined,
  { least, most }: { readonly least: number; readonly most: number },
): string | undefined {
  if (value === undefined || (value >= least && value <= most)) return undefined
  return `must be between ${least} and ${most} seconds`
}
