/** One copy of each repeated text: JSON that was parsed has its own copy of every string. */

import { BoundedMap } from './bounded-map.ts'

/** Longer texts seldom repeat. */
const MAX_LENGTH = 256
const MAX_TEXTS = 1024

interface Pooled {
  readonly text: string
  isShared: boolean
}

export class TextPool {
  readonly #texts = new BoundedMap<Pooled>({ maxEntries: MAX_TEXTS })

  /** The same text; the string that was passed before, if the pool still has it. */
  share(text: string): string {
    if (text.length > MAX_LENGTH) return text
    const known = this.#texts.get(text)
    if (known === undefined) {
      this.#texts.set(text, { text, isShared: false })
      return text
    }
    known.isShared = true
    return known.text
  }

  /** Whether a text was passed more than once, so that it is in memory only once. */
  isShared(text: string): boolean {
    return text.length <= MAX_LENGTH && this.#texts.get(text)?.isShared === true
  }
}
