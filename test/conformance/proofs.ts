/** Which tests belong to which requirement, read from the titles of the tests. */

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const TESTS = fileURLToPath(new URL('..', import.meta.url))

/** `PRM-01: …`, `PRM-01 …`, `PRM-01 and PRM-02: …`, `PRM-01, PRM-02: …` */
const ROWS = /^[A-Z]{3}-\d\d(?:(?:, | and )[A-Z]{3}-\d\d)*(?=[: ])/

/** From each row to the files with a test of it, below `test/`, in order. */
export function findProofs(): ReadonlyMap<string, readonly string[]> {
  const proofs = new Map<string, string[]>()
  for (const file of testFiles()) {
    for (const row of rowsIn(readFileSync(`${TESTS}/${file}`, 'utf8'))) {
      const files = proofs.get(row) ?? []
      if (!files.includes(file)) files.push(file)
      proofs.set(row, files)
    }
  }
  return proofs
}

/** The rows that titles of tests in this source begin with; what is skipped proves nothing. */
export function rowsIn(source: string): string[] {
  return titlesIn(source).flatMap((title) => {
    const [rows = ''] = ROWS.exec(title) ?? []
    return rows.match(/[A-Z]{3}-\d\d/g) ?? []
  })
}

function testFiles(): string[] {
  return readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => file.replaceAll('\\', '/'))
    .sort()
}

function titlesIn(source: string): string[] {
  const titles: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && isTest(node.expression)) {
      const title = node.arguments[0]
      if (title !== undefined && ts.isStringLiteralLike(title)) titles.push(title.text)
      if (title !== undefined && ts.isTemplateExpression(title)) titles.push(title.head.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('test.ts', source, ts.ScriptTarget.Latest))
  return titles
}

/** `it`, `test`, and what their `each` and `for` give; not `it.skip`, `it.todo` or `it.fails`. */
function isTest(node: ts.Expression): boolean {
  if (ts.isIdentifier(node)) return node.text === 'it' || node.text === 'test'
  const table = tableOf(node)
  return (
    table !== undefined && ['each', 'for'].includes(table.name.text) && isTest(table.expression)
  )
}

/** `it.each` of `it.each(…)` and of `it.each`…``. */
function tableOf(node: ts.Expression): ts.PropertyAccessExpression | undefined {
  if (ts.isCallExpression(node)) return accessOf(node.expression)
  return ts.isTaggedTemplateExpression(node) ? accessOf(node.tag) : undefined
}

function accessOf(node: ts.Expression): ts.PropertyAccessExpression | undefined {
  return ts.isPropertyAccessExpression(node) ? node : undefined
}
