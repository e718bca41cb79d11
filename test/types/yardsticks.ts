/** What types are measured with; a measurement that fails does not compile. */

/** Both may stand wherever the other may. */
export type Same<A, B> = [A, B] extends [B, A] ? true : false
/** Every member the contract names is there under that name and takes and gives the same. */
export type Keeps<Ours, Contract> = keyof Contract extends keyof Ours
  ? Same<Pick<Ours, keyof Contract>, Contract>
  : false
type OptionalKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T]
/** Whoever computes options has `undefined` in them; with exactOptionalPropertyTypes that must be said. */
export type AdmitsUndefined<T> =
  Record<OptionalKeys<T>, undefined> extends Pick<T, OptionalKeys<T>> ? true : false
/** Options as the contract spells them, which leaves that out for brevity. */
export type Lax<T> = { [K in keyof T]: object extends Pick<T, K> ? T[K] | undefined : T[K] }

/** Compiles only for `true`. */
export function yes<_Answer extends true>(): void {}
