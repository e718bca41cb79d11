/** Makes texts from outside safe to log. */

import { lazyPattern } from './lazy-pattern.ts'

const MAX_LENGTH = 256
const MAX_TEXTS = 16
/** Control and format characters, lone surrogates, and line separators. */
const invisible = /* @__PURE__ */ lazyPattern('[\\p{C}\\p{Zl}\\p{Zp}]', 'gu')
const PLAIN = /^[ -~]*$/

/** Returns one line of at most 256 visible characters. */
export function legible(text: string): string {
  const bounded = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text
  return visible(bounded)
}

/** Returns one line of visible characters. */
export function visible(text: string): string {
  return PLAIN.test(text) ? text : text.replace(invisible(), '\uFFFD')
}

/** Returns the first 16 texts, each as one line of at most 256 visible characters. */
export function legibleTexts(texts: readonly string[]): string[] {
  return texts.slice(0, MAX_TEXTS).map(legible)
}
