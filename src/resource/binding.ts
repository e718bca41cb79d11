/** The interface of token bindings: the checks of one confirmation method, and what they see of a call. */

import type { RejectionReason } from '../contract/rejection-reason.ts'
import type { Credentials } from '../http/authorization.ts'
import type { VerifiedToken } from '../jwt/verified-token.ts'
import type { Result } from '../lib/result.ts'

/** A verified token together with the credentials it was presented in. */
export interface PresentedToken extends Credentials {
  readonly verified: VerifiedToken
}

/**
 * The checks of a binding. They are called for verified tokens only.
 *
 * @example
 * ```ts
 * const bySender: Binding = {
 *   method: 'sender',
 *   async check(value, _token, call) {
 *     return senderOf(call) === value
 *       ? { ok: true, value: undefined }
 *       : { ok: false, error: { code: 'binding_mismatch' } }
 *   },
 * }
 * ```
 */
export interface Binding {
  /** The confirmation method: the member of `cnf`. */
  readonly method: string
  /** Whether tokens without this method are rejected. @default false */
  readonly required?: boolean | undefined
  /** Whether the certificate that it needs comes from the host. @default false */
  readonly requiresCertificate?: boolean | undefined
  /** Its tokens are presented under the scheme DPoP, whose challenge names these algorithms. */
  readonly dpop?: { readonly algs: string } | undefined
  /** Whether the value of the method can be checked; otherwise the token is rejected. */
  isSupported?(value: unknown): boolean
  /**
   * Checks that the sender is the party that the token is bound to. Returns `fail({ code })` with
   * `binding_missing`, `binding_mismatch`, `binding_unsupported` or a code of its own, or `succeed` with
   * the evidence that has to be consumed. An exception is a 500.
   *
   * @param value The value of the method.
   */
  check(
    value: unknown,
    presented: PresentedToken,
    call: BindingCall,
  ): Promise<Result<Evidence | undefined, RejectionReason>>
}

/**
 * What a binding sees of a call.
 *
 * @example
 * ```ts
 * function senderOf({ request, certificate }: BindingCall): string | null {
 *   return certificate ?? request?.headers.get('X-Sender') ?? null
 * }
 * ```
 */
export interface BindingCall {
  /** `undefined`: the token came without a request. */
  readonly request: Request | undefined
  /** The thumbprint of the client certificate, as the host shows it. */
  readonly certificate: string | undefined
  /** Seconds since the epoch. */
  readonly now: number
}

/**
 * What proves possession, before it is consumed.
 *
 * @example
 * ```ts
 * function evidence(consume: (now: number) => boolean): Evidence {
 *   return {
 *     async consume(now) {
 *       return consume(now)
 *         ? { ok: true, value: undefined }
 *         : { ok: false, error: { code: 'binding_mismatch' } }
 *     },
 *   }
 * }
 * ```
 */
export interface Evidence {
  /** The DPoP nonce to send with the response. */
  readonly nonce?: string | undefined
  /** The last check of all: a request rejected for another reason can be sent again with the same proof. */
  consume?(now: number): Promise<Result<undefined, RejectionReason>>
}

/** The ways in which tokens are bound to their senders. */
export interface BindingState {
  /** In the order of their checks. */
  readonly all: readonly Binding[]
  /** Whether unbound tokens are rejected. */
  readonly isRequired: boolean
  /** The scheme DPoP as challenges name it; `undefined`: it is not offered. */
  readonly dpop: { readonly required: boolean; readonly algs: string } | undefined
}
