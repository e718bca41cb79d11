/** Markdown: cells, lists, and what must not be taken for it. */

/** A default that is a value looks like one. */
export function literal(fallback: string): string {
  return /^('.*'|\d+|true|false)$/.test(fallback) ? `\`${fallback}\`` : fallback
}

export function paragraphs(text: string): string[] {
  return text.split(/\n{2,}/)
}

/** The first sentence, without its full stop. */
export function sentenceOf(text: string): string {
  return /^.*?(?=\.(\s|$)|\n\n)/s.exec(text)?.[0] ?? text
}

/** What the first sentence says before it goes into detail. */
export function summaryOf(text: string): string {
  return sentenceOf(text).split(/[:;]\s/)[0] ?? ''
}

/** Everything on one line, for a table. */
export function cell(text: string): string {
  return text
    .replaceAll('|', '\\|')
    .replaceAll(/\n\s*\n/g, '<br>')
    .replaceAll(/\n- /g, '<br>• ')
    .replaceAll(/\s+/g, ' ')
}

/** What would mean something in HTML or markdown. */
export function escapeMarkup(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[[\]*_`]/g, '\\$&')
}

/** Further lines of a list's item. */
export function hang(item: string): string {
  return item.replaceAll(/\n(?=.)/g, '\n  ')
}
