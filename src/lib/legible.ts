/** Texts that strangers wrote, made fit for logs. */

const MAX_LENGTH = 256
const MAX_TEXTS = 16
/** Controls, directions and other formats, lone surrogates, and what ends a line. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/gu

/** One line of at most 256 characters that says what it shows. */
export function legible(text: string): string {
  const bounded = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text
  return bounded.replace(UNSEEN, '\uFFFD')
}

/** The same of a list, of which 16 are enough. */
export function legibleTexts(texts: readonly string[]): string[] {
  return texts.slice(0, MAX_TEXTS).map(legible)
}
