/** What the options of DPoP and mutual TLS must mean. */

import type { DpopOptions } from '../contract/binding-options.ts'
import type { ProtectedResourceOptions } from '../contract/resource-options.ts'
import { isToken } from '../lib/header-syntax.ts'
import { algorithmsProblem } from './kind-rules.ts'
import { type Report, reportEach } from './report.ts'

/** Shorter is useless with real clocks, longer is no "relatively brief period" (RFC 9449 §11.1). */
const WINDOW_SECONDS = { least: 1, most: 3600 }
/** A client that is idle for longer simply gets a new one with its next refusal. */
const LIFETIME_SECONDS = { least: 1, most: 86_400 }
/** RFC 2104 §3: as long as the hash that it keys. */
const MIN_SECRET_BYTES = 32

/** Every mistake in `dpop` and `mtls`. */
export function checkBindings(
  { dpop, mtls, token }: Pick<ProtectedResourceOptions, 'dpop' | 'mtls' | 'token'>,
  report: Report,
): void {
  if (dpop !== undefined && dpop !== false && token !== undefined) {
    report('dpop', 'cannot be used beside token: DPoP is a scheme of the Authorization header')
  }
  if (typeof dpop === 'object') checkDpop(dpop, report)
  const header = typeof mtls === 'object' ? mtls.dangerouslyTrustHeader : undefined
  if (header !== undefined && !isToken(header)) {
    report('mtls.dangerouslyTrustHeader', 'must be the name of a header field, such as Client-Cert')
  }
}

function checkDpop({ algorithms, windowSeconds, nonce }: DpopOptions, report: Report): void {
  report('dpop.algorithms', algorithmsProblem(algorithms))
  report('dpop.windowSeconds', secondsProblem(windowSeconds, WINDOW_SECONDS))
  if (nonce === undefined) return
  const { secret, lifetimeSeconds } = nonce
  const path = 'dpop.nonce.secret'
  if (Array.isArray(secret) && secret.length === 0)
    report(path, 'is empty; give at least one secret')
  reportEach(path, secret, secretProblem, report)
  report('dpop.nonce.lifetimeSeconds', secondsProblem(lifetimeSeconds, LIFETIME_SECONDS))
}

function secretProblem(secret: string): string | undefined {
  return new TextEncoder().encode(secret).length >= MIN_SECRET_BYTES
    ? undefined
    : `must have at least ${MIN_SECRET_BYTES} bytes, and be random: whoever guesses it makes nonces`
}

function secondsProblem(
  value: number | undefined,
  { least, most }: { readonly least: number; readonly most: number },
): string | undefined {
  if (value === undefined || (value >= least && value <= most)) return undefined
  return `must be between ${least} and ${most} seconds`
}
