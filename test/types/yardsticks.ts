/** Type assertions: a failed one does not compile. */

/** Both types are assignable to each other. */
export type Same<A, B> = [A, B] extends [B, A] ? true : false
/** Every member of the contract exists with the same type. */
export type Keeps<Ours, Contract> = keyof Contract extends keyof Ours
  ? Same<Pick<Ours, keyof Contract>, Contract>
  : false
type OptionalKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T]
/** Computed options may be `undefined`, which exactOptionalPropertyTypes requires in the type. */
export type AdmitsUndefined<T> =
  Record<OptionalKeys<T>, undefined> extends Pick<T, OptionalKeys<T>> ? true : false
/** Options of the contract, which omits `undefined` for brevity. */
export type Lax<T> = { [K in keyof T]: object extends Pick<T, K> ? T[K] | undefined : T[K] }

/** Compiles only for `true`. */
export function yes<_Answer extends true>(): void {}
