/**
 * WebCrypto keys of any host. The DOM library, Node and Workers declare `CryptoKey` in three ways, and the
 * declarations of this package compile with each of them.
 */

/** What every host's `CryptoKey` has. */
interface KeyShape {
  readonly type: string
  readonly extractable: boolean
  readonly algorithm: { readonly name: string }
  readonly usages: readonly string[]
}

/**
 * The `CryptoKey` of the host: the type of that name where the program has the DOM library, Node's where it has
 * `@types/node`, and otherwise its members.
 *
 * @example
 * ```ts
 * function introspectWith(privateKey: CryptoKeyLike): IntrospectionOptions {
 *   return { kind: 'introspection', clientId: 'notes', privateKey }
 * }
 * ```
 */
export type CryptoKeyLike = typeof globalThis extends {
  CryptoKey: { prototype: infer Key }
}
  ? Key
  : KeyShape

/**
 * The `CryptoKeyPair` of the host.
 */
export interface CryptoKeyPairLike {
  /** The private key. */
  privateKey: CryptoKeyLike
  /** The public key. */
  publicKey: CryptoKeyLike
}
