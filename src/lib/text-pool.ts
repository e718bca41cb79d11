/** One copy of texts that come again and again: parsed JSON has a copy of its own of every string. */

/** Longer texts are seldom the same. */
const MAX_LENGTH = 256
const MAX_TEXTS = 1024

export class TextPool {
  readonly #texts = new Map<string, string>()

  /** The same text; the same string, if it was here lately. */
  share(text: string): string {
    if (text.length > MAX_LENGTH) return text
    const known = this.#texts.get(text)
    if (known !== undefined) return known
    if (this.#texts.size >= MAX_TEXTS) this.#texts.clear()
    this.#texts.set(text, text)
    return text
  }
}
