/** What the options of DPoP and mutual TLS must mean. */

import type { ConfigProblem } from '../errors.ts'
import { isToken } from '../lib/header-syntax.ts'
import type { DpopOptions, ProtectedResourceOptions } from '../options.ts'
import { isSupportedAlgorithm, SUPPORTED_ALGORITHMS } from '../token/jwk.ts'

/** Shorter is useless with real clocks, longer is no "relatively brief period" (RFC 9449 §11.1). */
const WINDOW_SECONDS = { least: 1, most: 3600 }
/** A client that is idle for longer simply gets a new one with its next refusal. */
const LIFETIME_SECONDS = { least: 1, most: 86_400 }
/** RFC 2104 §3: as long as the hash that it keys. */
const MIN_SECRET_BYTES = 32

type Report = (path: string, message: string) => void

/** Every mistake in `dpop` and `mtls`. */
export function bindingProblems({
  dpop,
  mtls,
  token,
}: Pick<ProtectedResourceOptions, 'dpop' | 'mtls' | 'token'>): ConfigProblem[] {
  const found: ConfigProblem[] = []
  const report: Report = (path, message) => found.push({ path, message })
  if (dpop !== undefined && dpop !== false && token !== undefined) {
    report('dpop', 'cannot be used beside token: DPoP is a scheme of the Authorization header')
  }
  if (typeof dpop === 'object') checkDpop(dpop, report)
  const header = typeof mtls === 'object' ? mtls.dangerouslyTrustHeader : undefined
  if (header !== undefined && !isToken(header)) {
    report('mtls.dangerouslyTrustHeader', 'must be the name of a header field, such as Client-Cert')
  }
  return found
}

function checkDpop({ algorithms, windowSeconds, nonce }: DpopOptions, report: Report): void {
  if (algorithms?.length === 0 || algorithms?.every(isSupportedAlgorithm) === false) {
    report('dpop.algorithms', `must be among ${SUPPORTED_ALGORITHMS.join(', ')}`)
  }
  checkSeconds('dpop.windowSeconds', windowSeconds, WINDOW_SECONDS, report)
  if (nonce === undefined) return
  const { secret, lifetimeSeconds } = nonce
  const isList = typeof secret !== 'string'
  const secrets = isList ? secret : [secret]
  if (secrets.length === 0) report('dpop.nonce.secret', 'is empty; give at least one secret')
  for (const [index, each] of secrets.entries()) {
    if (new TextEncoder().encode(each).length >= MIN_SECRET_BYTES) continue
    report(
      isList ? `dpop.nonce.secret[${index}]` : 'dpop.nonce.secret',
      `must have at least ${MIN_SECRET_BYTES} bytes, and be random: whoever guesses it makes nonces`,
    )
  }
  checkSeconds('dpop.nonce.lifetimeSeconds', lifetimeSeconds, LIFETIME_SECONDS, report)
}

function checkSeconds(
  path: string,
  value: number | undefined,
  { least, most }: { readonly least: number; readonly most: number },
  report: Report,
): void {
  if (value === undefined || (value >= least && value <= most)) return
  report(path, `must be between ${least} and ${most} seconds`)
}
