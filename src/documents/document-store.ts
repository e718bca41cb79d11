/**
 * Documents that isolates and machines share through a key-value store. A slow, broken or forged store
 * never fails a request: what it returns is checked like a document from the network.
 */

import { type DocumentEvent, documentEvent } from '../contract/events.ts'
import type { DocumentStore } from '../contract/ports.ts'
import { Hmac } from '../crypto/hmac.ts'
import { digestText } from '../crypto/sha256.ts'
import { isFiniteNumber, isObject, type JsonObject, parseObjectText } from '../lib/json.ts'
import { within } from '../lib/within.ts'

/** Identifies a document. All of it is configuration, so no client can choose a key of the store. */
export interface DocumentId {
  readonly issuer: string
  readonly kind: 'metadata' | 'keys'
  readonly url: string
}

/** A document as it was fetched. Times are seconds since the epoch, of the original fetch. */
export interface SharedDocument {
  readonly body: JsonObject
  /** Where it was found, if not at the URL of its id: discovery tries several. */
  readonly foundAt?: string | undefined
  readonly fetchedAt: number
  readonly freshUntil: number
}

interface SharedStoreOptions {
  readonly store: DocumentStore
  /** The first one signs, all of them verify. Without secrets the store is trusted like configuration. */
  readonly secrets: readonly string[]
  readonly now: () => number
  readonly staleIfErrorSeconds: number
  readonly report: (event: DocumentEvent) => void
}

const FORMAT = 1
/** After so long, a fetch from the issuer is usually faster. */
const TIMEOUT_MS = 250

export class SharedStore {
  readonly #options: SharedStoreOptions
  readonly #hmac = new Hmac()
  /** The last document of each kind. */
  readonly #latest: { [Kind in DocumentId['kind']]?: SharedDocument } = {}

  constructor(options: SharedStoreOptions) {
    this.#options = options
  }

  /**
   * Reads the stored document, fresh or not.
   *
   * @param failed Called if the store fails, or if the entry is not authentic or is that of another document.
   * @returns `undefined` unless it is authentic, has exactly this id and was not fetched in the future.
   */
  async read(
    id: DocumentId,
    failed: () => undefined = () => this.#reportFailure(id),
  ): Promise<SharedDocument | undefined> {
    try {
      return await within(this.#find(id, failed), TIMEOUT_MS, failed)
    } catch {
      return failed()
    }
  }

  /**
   * Stores a fetched document, unless a later one is stored: a slow fetch may end after it. Never rejects.
   *
   * @param document It is later than those that were passed before.
   */
  async write(id: DocumentId, document: SharedDocument): Promise<void> {
    const { store, staleIfErrorSeconds, now } = this.#options
    this.#latest[id.kind] = document
    try {
      const payload = JSON.stringify({ v: FORMAT, ...id, ...document })
      const ttl = Math.ceil(document.freshUntil - now() + staleIfErrorSeconds)
      const key = await storeKey(id)
      const value = `${await this.#sign(payload)}.${payload}`
      const stored = await this.read(id, () => undefined)
      // A later one may have been written meanwhile, which the store did not show yet.
      const isLatest = this.#latest[id.kind] === document
      if (!isLatest || (stored && stored.fetchedAt > document.fetchedAt)) return
      await store.set(key, value, ttl)
    } catch {
      this.#reportFailure(id)
    }
  }

  async #find(id: DocumentId, failed: () => undefined): Promise<SharedDocument | undefined> {
    const { store, now } = this.#options
    const text = await store.get(await storeKey(id))
    if (text === undefined) return undefined
    const dot = text.indexOf('.')
    const payload = text.slice(dot + 1)
    const isAuthentic = dot >= 0 && (await this.#isSigned(payload, text.slice(0, dot)))
    const document = isAuthentic ? documentIn(parseObjectText(payload) ?? {}, id) : undefined
    if (document === undefined) return failed()
    return document.fetchedAt <= now() ? document : undefined
  }

  async #sign(payload: string): Promise<string> {
    const [secret] = this.#options.secrets
    return secret === undefined ? '' : this.#hmac.sign(payload, secret)
  }

  async #isSigned(payload: string, mac: string): Promise<boolean> {
    const { secrets } = this.#options
    let isSigned = secrets.length === 0
    for (const secret of secrets) isSigned ||= await this.#hmac.verify(payload, mac, secret)
    return isSigned
  }

  #reportFailure({ issuer, url }: DocumentId): undefined {
    this.#options.report(documentEvent(issuer, url, 'store_failed'))
    return undefined
  }
}

function documentIn(entry: JsonObject, id: DocumentId): SharedDocument | undefined {
  const { v, issuer, kind, url, foundAt, fetchedAt, freshUntil, body } = entry
  if (v !== FORMAT || issuer !== id.issuer || kind !== id.kind || url !== id.url) return undefined
  if (!isFiniteNumber(fetchedAt) || !isFiniteNumber(freshUntil) || !isObject(body)) return undefined
  return { body, foundAt: typeof foundAt === 'string' ? foundAt : undefined, fetchedAt, freshUntil }
}

/** A digest, so that issuers and URLs of any length and form fit the key space of every store. */
async function storeKey({ issuer, kind, url }: DocumentId): Promise<string> {
  return `mcp-gatehouse:${await digestText(JSON.stringify([FORMAT, kind, issuer, url]))}`
}
