/** Options of sender-constrained tokens: DPoP and mutual TLS. Types only. */

import type { ReplayStore } from './ports.ts'

/**
 * DPoP (RFC 9449).
 *
 * @example
 * ```ts
 * const dpop: DpopOptions = { required: true, algorithms: ['ES256'], windowSeconds: 60 }
 * ```
 */
export interface DpopOptions {
  /** Rejects tokens that are not DPoP-bound. @default false */
  required?: boolean | undefined
  /** Accepted JWS algorithms of proofs; asymmetric ones only. @default RS, PS, ES, EdDSA */
  algorithms?: readonly string[] | undefined
  /** Maximum distance of `iat` from the current time in seconds, past or future; 1 to 3600. @default 300 */
  windowSeconds?: number | undefined
  /**
   * Requires a nonce in every proof (RFC 9449 §9). `secret` is at least 32 random bytes, the same on
   * every machine. In a list, the first secret creates nonces and all secrets verify them.
   * `lifetimeSeconds` is 1 to 86400; its default is 300. @default no nonce is required
   */
  nonce?: { secret: string | readonly string[]; lifetimeSeconds?: number | undefined } | undefined
  /**
   * Stores the proofs that were used. `false` disables replay detection within the time window.
   * @default bounded memory of this process or isolate, with an event of type `warning`
   */
  replay?: ReplayStore | false | undefined
}

/**
 * Mutual TLS (RFC 8705).
 *
 * @example
 * ```ts
 * const mtls: MtlsOptions = { required: true, dangerouslyTrustHeader: 'Client-Cert' }
 * ```
 */
export interface MtlsOptions {
  /** Rejects tokens that are not bound to a client certificate. @default false */
  required?: boolean | undefined
  /** The header field of a proxy, such as `Client-Cert`. The proxy must remove the field from incoming requests. */
  dangerouslyTrustHeader?: string | undefined
  /** The form of the certificate in that field. @default 'rfc9440' */
  format?: CertificateFormat | undefined
}

/**
 * How a proxy writes the certificate of a client: RFC 9440 (`:base64:`); PEM with URL escapes (nginx
 * `$ssl_client_escaped_cert`, AWS); PEM with spaces for line breaks (Apache); base64 of the DER form (Caddy,
 * HAProxy, Traefik, Azure); Envoy's `x-forwarded-client-cert`; or only its SHA-256, in hexadecimal digits
 * (Cloudflare) or base64 (Google Cloud).
 *
 * @example
 * ```ts
 * const behindNginx: MtlsOptions = {
 *   dangerouslyTrustHeader: 'X-Client-Cert',
 *   format: 'pem-urlencoded' satisfies CertificateFormat,
 * }
 * ```
 */
export type CertificateFormat =
  | 'rfc9440'
  | 'pem-urlencoded'
  | 'pem'
  | 'base64-der'
  | 'xfcc'
  | 'sha256-hex'
  | 'sha256-base64'
