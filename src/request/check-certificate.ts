/** Mutual TLS at a request (RFC 8705 §3): the certificate of the sender. */

import { isNoCertificate, readCertificateField } from '../binding/certificate-field.ts'
import { checkCertificate } from '../binding/mtls.ts'
import type { AuthErrorCode } from '../contract/auth-error-codes.ts'
import type { CertificateFormat } from '../contract/binding-options.ts'
import { fieldValue } from '../lib/header-syntax.ts'
import { fail, PASSED } from '../lib/result.ts'
import type { BindingCall } from '../resource/binding.ts'
import type { StepResult } from './call.ts'

/** A proxy's header field, and the form of the certificate in it. */
interface TrustedHeader {
  readonly name: string
  readonly format: CertificateFormat
}

/**
 * Checks the certificate that a token is bound to.
 *
 * @param trustedHeader The proxy's header field: the only source of certificates where it is set.
 *
 * Fails with `binding_missing`, `binding_mismatch` or `binding_unsupported`.
 */
export async function checkCertificateOf(
  confirmed: unknown,
  trustedHeader: TrustedHeader | undefined,
  { request, certificate }: BindingCall,
): Promise<StepResult<undefined>> {
  if (trustedHeader === undefined) return toResult(checkCertificate(confirmed, certificate))
  // Behind such a proxy the certificate of the connection, if any, is the proxy's own.
  const field = request === undefined ? null : fieldValue(request.headers, trustedHeader.name)
  const code = checkCertificate(confirmed, await readCertificateField(field, trustedHeader.format))
  if (code !== 'binding_missing') return toResult(code)
  // The event distinguishes a field that cannot be read (PEM, say) from one that is missing.
  const received = isNoCertificate(field) ? [] : ['unreadable']
  return fail({ code, expected: [trustedHeader.name], received })
}

function toResult(code: AuthErrorCode | undefined): StepResult<undefined> {
  return code === undefined ? PASSED : fail({ code })
}
