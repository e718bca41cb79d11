/**
 * Documents shared between isolates and machines through a key-value store. The store is a
 * convenience: slow, broken or poisoned, it must not take a request down, and what it returns is
 * judged like a document from the network.
 */

import type { DocumentEvent } from '../contract/events.ts'
import type { DocumentStore } from '../contract/ports.ts'
import { Hmac } from '../crypto/hmac.ts'
import { digestText } from '../crypto/sha256.ts'
import { isObject, type JsonObject, parseObjectText } from '../lib/json.ts'
import { type RequestBudget, within } from './request-budget.ts'

/** Which document: a key that nobody can choose, since all of it is configuration. */
export interface SharedPlace {
  readonly issuer: string
  readonly kind: 'metadata' | 'keys'
  readonly url: string
}

/** A document as it was fetched. Times are seconds since the epoch, of the original fetch. */
export interface SharedDocument {
  readonly body: JsonObject
  /** Where it was found, if not at the place itself: discovery tries several. */
  readonly foundAt?: string | undefined
  readonly fetchedAt: number
  readonly freshUntil: number
}

export interface SharedStoreOptions {
  readonly store: DocumentStore
  /** The first signs, all verify. None: the store is trusted like configuration. */
  readonly secrets: readonly string[]
  readonly now: () => number
  readonly staleIfErrorSeconds: number
  readonly tell: (event: DocumentEvent) => void
}

const FORMAT = 1
/** Longer than this, asking the issuer itself is quicker. */
const READ_TIMEOUT_MS = 250

export class SharedStore {
  readonly #options: SharedStoreOptions
  readonly #hmac = new Hmac()

  constructor(options: SharedStoreOptions) {
    this.#options = options
  }

  /** What is stored, if it is authentic, about this very place and not from the future. */
  async read(place: SharedPlace): Promise<SharedDocument | undefined> {
    try {
      const reading = this.#get(place)
      const text = await within(reading, READ_TIMEOUT_MS, () => this.#complain(place))
      return text === undefined ? undefined : await this.#open(text, place)
    } catch {
      this.#complain(place)
      return undefined
    }
  }

  /** Stores what was fetched, in the background: nobody waits for it. */
  write(place: SharedPlace, document: SharedDocument, budget: RequestBudget): void {
    budget.runInBackground(this.#put(place, document))
  }

  async #get(place: SharedPlace): Promise<string | undefined> {
    return this.#options.store.get(await storeKey(place))
  }

  async #put(place: SharedPlace, document: SharedDocument): Promise<void> {
    const { store, staleIfErrorSeconds, now } = this.#options
    try {
      const payload = JSON.stringify({ v: FORMAT, ...place, ...document })
      const ttl = Math.ceil(document.freshUntil - now() + staleIfErrorSeconds)
      await store.set(await storeKey(place), `${await this.#sign(payload)}.${payload}`, ttl)
    } catch {
      this.#complain(place)
    }
  }

  async #open(text: string, place: SharedPlace): Promise<SharedDocument | undefined> {
    const dot = text.indexOf('.')
    const payload = text.slice(dot + 1)
    const isAuthentic = dot >= 0 && (await this.#isSigned(payload, text.slice(0, dot)))
    const entry = isAuthentic ? parseObjectText(payload) : undefined
    const document = entry === undefined ? undefined : documentIn(entry, place)
    if (document === undefined) this.#complain(place)
    return document !== undefined && document.fetchedAt <= this.#options.now()
      ? document
      : undefined
  }

  async #sign(payload: string): Promise<string> {
    const [secret] = this.#options.secrets
    return secret === undefined ? '' : this.#hmac.sign(payload, secret)
  }

  async #isSigned(payload: string, mac: string): Promise<boolean> {
    const { secrets } = this.#options
    if (secrets.length === 0) return true
    for (const secret of secrets) {
      if (await this.#hmac.verify(payload, mac, secret)) return true
    }
    return false
  }

  #complain({ issuer, url }: SharedPlace): undefined {
    this.#options.tell({ type: 'document', issuer, url, outcome: 'store_failed' })
    return undefined
  }
}

function documentIn(entry: JsonObject, place: SharedPlace): SharedDocument | undefined {
  const { v, issuer, kind, url, foundAt, fetchedAt, freshUntil, body } = entry
  if (v !== FORMAT || issuer !== place.issuer || kind !== place.kind || url !== place.url) {
    return undefined
  }
  if (!isTime(fetchedAt) || !isTime(freshUntil) || !isObject(body)) return undefined
  return { body, ...(typeof foundAt === 'string' ? { foundAt } : {}), fetchedAt, freshUntil }
}

/** A digest: issuers and URLs stay out of the store's key space and its limits. */
async function storeKey({ issuer, kind, url }: SharedPlace): Promise<string> {
  return `mcp-gatehouse:${await digestText(JSON.stringify([FORMAT, kind, issuer, url]))}`
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
