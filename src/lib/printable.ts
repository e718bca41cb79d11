/** Makes texts from outside safe for a terminal and for a log with one line for each entry. */

/** Replaces control characters, line breaks and marks that reorder text by spaces. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
}
