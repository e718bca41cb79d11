/** The keys of an issuer whose configuration contains its key set: nothing is fetched. */

import type { Verifier } from '../crypto/create-verifier.ts'
import { succeed } from '../lib/result.ts'
import { hasKey, type KeySet, type VerificationKey } from './key-set.ts'
import {
  importVerificationKey,
  type KeyQuery,
  type KeySource,
  type KeySourceOptions,
  type KeysResult,
  NO_SUCH_KEY,
  selectKeys,
} from './key-source.ts'

export class GivenKeys implements KeySource {
  readonly #set: KeySet
  readonly #options: KeySourceOptions

  constructor(set: KeySet, options: KeySourceOptions) {
    this.#set = set
    this.#options = options
  }

  withBudget(): KeySource {
    return this
  }

  arrival(): { readonly arrivedAt: number } {
    return { arrivedAt: this.#options.now() }
  }

  has(key: object | undefined): boolean {
    return key !== undefined && hasKey(this.#set, key)
  }

  async find(query: KeyQuery): Promise<KeysResult> {
    return this.findOthers(query, [])
  }

  async findOthers(query: KeyQuery, tried: readonly VerificationKey[]): Promise<KeysResult> {
    const keys = selectKeys(this.#set, query, this.#options, tried)
    return keys.length > 0 ? succeed(keys) : NO_SUCH_KEY
  }

  importKey(key: VerificationKey, algorithm: string): Promise<Verifier | undefined> {
    return importVerificationKey(key, algorithm, this.#options)
  }
}
