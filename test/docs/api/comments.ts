/** Doc comments, taken apart. The compiler's own reading loses the indentation of lists and examples. */

import ts from 'typescript'

/** What a doc comment says. Texts are markdown, with `{@link …}` still in them. */
export interface Comment {
  readonly text: string
  readonly params: readonly Named[]
  readonly returns: string | undefined
  readonly throws: readonly Named[]
  /** What is assumed where nothing is given. */
  readonly fallback: string | undefined
  readonly examples: readonly string[]
  readonly see: readonly string[]
}

export interface Named {
  readonly name: string
  readonly text: string
}

/** The comment of the first declaration that has one: overloads share it. */
export function commentOf(declarations: readonly ts.Node[]): Comment {
  const comments = declarations.flatMap((each) =>
    ts.getJSDocCommentsAndTags(each).filter(ts.isJSDoc).slice(-1),
  )
  // A file's own comment also clings to a first declaration that has none.
  return parseComment(comments.find(({ pos }) => pos !== 0)?.getText() ?? '')
}

/** A comment without its frame: what a file begins with, say. */
export function bareText(comment: string): string {
  return comment
    .replace(/^\/\*\*[ \n]?/, '')
    .replace(/\s*\*\/$/, '')
    .replaceAll(/^ *\*(?: |$)/gm, '')
    .trim()
}

function parseComment(comment: string): Comment {
  // A default may follow its sentence on the same line; every other tag has its own.
  const [text = '', ...tags] = `\n${bareText(comment)}`.split(/\s(?=@default\b)|^(?=@[a-z]+\b)/m)
  const textsOf = (tag: string): string[] =>
    tags
      .filter((each) => each.startsWith(`@${tag}`))
      .map((each) => each.slice(tag.length + 1).trim())
  return {
    text: text.trim(),
    params: textsOf('param').map(toNamed),
    returns: textsOf('returns')[0],
    throws: textsOf('throws').map(toNamed),
    fallback: textsOf('default')[0],
    examples: textsOf('example'),
    see: textsOf('see'),
  }
}

/** `name text`, or `{Type} text`. */
function toNamed(tag: string): Named {
  const [, name = '', text = ''] = /^\{?([\w.]+)\}?\s*(.*)$/s.exec(tag) ?? []
  return { name, text }
}
