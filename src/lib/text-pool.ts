/** One copy of each repeated text: JSON that was parsed has its own copy of every string. */

import { BoundedMap } from './bounded-map.ts'

/** Longer texts seldom repeat. */
const MAX_LENGTH = 256
const MAX_TEXTS = 1024

export class TextPool {
  readonly #texts = new BoundedMap<string>({ maxEntries: MAX_TEXTS })

  /** The same text; the string that was shared before, if the pool still has it. */
  share(text: string): string {
    if (text.length > MAX_LENGTH) return text
    const known = this.#texts.get(text)
    if (known !== undefined) return known
    this.#texts.set(text, text)
    return text
  }
}
