/** Mutual TLS (RFC 8705) as a feature. */

import { checkMtls } from '../config/binding-rules.ts'
import { FLAG, FLAG_OR_OBJECT, TEXT } from '../config/option-types.ts'
import type { CertificateFormat, MtlsOptions } from '../contract/binding-options.ts'
import { MTLS_DEFAULTS } from '../contract/defaults.ts'
import { checkCertificateOf } from '../request/check-certificate.ts'
import type { BindingFeature } from '../resource/feature.ts'
import { objectOr, oneOf, strictObjectOf } from '../schema/shapes.ts'
import { optionsOf } from './options-of.ts'

const FORMATS = [
  'rfc9440',
  'pem-urlencoded',
  'pem',
  'base64-der',
  'xfcc',
  'sha256-hex',
  'sha256-base64',
] as const satisfies readonly CertificateFormat[]

const SHAPE = strictObjectOf(
  {},
  { required: FLAG, dangerouslyTrustHeader: TEXT, format: oneOf(FORMATS) },
)

/** The feature without options. */
export const MTLS: BindingFeature = {
  kind: 'binding',
  name: 'mtls',
  shapes: { mtls: objectOr(SHAPE, FLAG_OR_OBJECT) },
  check: checkMtls,
  metadata({ mtls }) {
    const isOn = optionsOf<MtlsOptions>(mtls) !== undefined
    return { tls_client_certificate_bound_access_tokens: isOn ? true : undefined }
  },
  create({ mtls }) {
    const options = optionsOf<MtlsOptions>(mtls)
    if (options === undefined) return undefined
    const { required = MTLS_DEFAULTS.required, format = MTLS_DEFAULTS.format } = options
    const { dangerouslyTrustHeader: name } = options
    const header = name === undefined ? undefined : { name, format }
    return {
      method: 'x5t#S256',
      required,
      requiresCertificate: required && header === undefined,
      check: (value, _, call) => checkCertificateOf(value, header, call),
    }
  },
}
