/** Writes a source that contains all its mutants, each behind a switch, so that one build is enough. */

import ts from 'typescript'
import { isLoop, isSkipped, type Replacement, replacementsOf } from './mutants.ts'

const PRINTER = ts.createPrinter({ removeComments: true })

export interface Mutant {
  readonly id: number
  readonly file: string
  readonly line: number
  /** The line in which it begins. */
  readonly context: string
  readonly was: string
  /** `''`: the statement is removed. */
  readonly becomes: string
  /** The declaration around it, a function, constant or class member, without comments and line breaks. */
  readonly declaration: string
}

/** @returns The source with switches, and the mutants behind them, numbered from `firstId`. */
export function instrument(
  path: string,
  source: string,
  firstId: number,
): { readonly text: string; readonly mutants: readonly Mutant[] } {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true)
  const lines = source.split('\n')
  const mutants: Mutant[] = []
  const declarations = new Map<ts.Node, string>()
  // On one line, so that line numbers of errors stay correct.
  const head =
    'const { on: __on, tick: __tick } = globalThis.__mutation ?? { on: () => false, tick() {} };'
  return { text: head + source.slice(0, file.getStart()) + withChildren(file), mutants }

  function rewrite(node: ts.Node): string {
    if (isSkipped(node)) return node.getText(file)
    return ticking(node, switching(node))
  }

  function switching(node: ts.Node): string {
    const inside = withChildren(node)
    const switched = replacementsOf(node, file).map((each) => ({ id: addMutant(node, each), each }))
    if (switched.length === 0) return inside
    if (ts.isStatement(node)) {
      // In braces, so that a following `else` keeps its `if`.
      return `{ if (!__on(${switched.map(({ id }) => id)})) { ${inside} } }`
    }
    const choices = switched.map(({ id, each }) => `__on(${id}) ? (${each}) : `)
    return `(${choices.join('')}(${inside}))`
  }

  function withChildren(node: ts.Node): string {
    const parts: string[] = []
    let at = node.getStart(file)
    ts.forEachChild(node, (child) => {
      if (ts.isToken(child) && !ts.isExpression(child)) return
      parts.push(source.slice(at, child.getStart(file)), rewrite(child))
      at = child.end
    })
    return parts.join('') + source.slice(at, node.end)
  }

  /** Counts rounds, so that endless loops end with an error. */
  function ticking(node: ts.Node, text: string): string {
    if (!isLoop(node.parent) || node.parent.statement !== node) return text
    return ts.isBlock(node) ? `{ __tick(); ${text.slice(1)}` : `{ __tick(); ${text} }`
  }

  function declarationAround(node: ts.Node): string {
    let at = node
    while (!ts.isSourceFile(at.parent) && !ts.isClassDeclaration(at.parent)) at = at.parent
    const known =
      declarations.get(at) ?? oneLine(PRINTER.printNode(ts.EmitHint.Unspecified, at, file))
    declarations.set(at, known)
    return known
  }

  function addMutant(node: ts.Node, replacement: Replacement): number {
    const id = firstId + mutants.length
    const { line } = file.getLineAndCharacterOfPosition(node.getStart(file))
    mutants.push({
      id,
      file: path,
      line: line + 1,
      context: (lines[line] ?? '').trim(),
      was: oneLine(node.getText(file)),
      becomes: oneLine(replacement ?? ''),
      declaration: declarationAround(node),
    })
    return id
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ')
}
