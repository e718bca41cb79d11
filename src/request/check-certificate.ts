/** Mutual TLS at a request (RFC 8705 §3): the certificate of the sender. */

import { checkCertificate, readCertificateField } from '../binding/mtls.ts'
import type { AuthErrorCode } from '../contract/errors.ts'
import { fail, succeed } from '../lib/result.ts'
import type { BindingCall } from '../resource/state.ts'
import type { StepResult } from './call.ts'

/**
 * Checks the certificate that a token is bound to.
 *
 * @param trustedHeader The proxy's header field: the only source of certificates where it is set.
 *
 * Fails with `binding_missing`, `binding_mismatch` or `binding_unsupported`.
 */
export async function checkCertificateOf(
  confirmed: unknown,
  trustedHeader: string | undefined,
  { request, certificate }: BindingCall,
): Promise<StepResult<undefined>> {
  if (trustedHeader === undefined) return toResult(checkCertificate(confirmed, certificate))
  // Behind such a proxy the certificate of the connection, if any, is the proxy's own.
  const field = request?.headers.get(trustedHeader) ?? null
  const code = checkCertificate(confirmed, await readCertificateField(field))
  if (code !== 'binding_missing') return toResult(code)
  // The event tells a field that cannot be read (PEM, say) from a field that is missing.
  const isThere = field !== null && field.trim() !== ''
  return fail({ code, expected: [trustedHeader], received: isThere ? ['unreadable'] : [] })
}

function toResult(code: AuthErrorCode | undefined): StepResult<undefined> {
  return code === undefined ? succeed(undefined) : fail({ code })
}
