/** The rules of CONTRIBUTING.md that every source file keeps, and that the formatter does not check. */

import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { readTree } from '../scripts/floors.mjs'

const MAX_LINES = 300
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const FILES = Object.entries(readTree(ROOT)).filter(([path]) => !path.startsWith('bench/'))

test('a file has at most 300 lines', () => {
  const long = FILES.filter(([, text]) => text.split('\n').length - 1 > MAX_LINES)
  expect(long.map(([path]) => path)).toEqual([])
})

test('exported functions come first in a file, and those that only the file uses below', () => {
  expect(FILES.flatMap(([path, text]) => exportedLate(path, text))).toEqual([])
})

/** The exported functions that stand below a function of the file alone. */
function exportedLate(path: string, text: string): string[] {
  const { statements } = ts.createSourceFile(path, text, ts.ScriptTarget.Latest)
  const functions = statements.filter(ts.isFunctionDeclaration)
  const firstOwn = functions.findIndex((each) => !isExported(each))
  const late = functions.filter((each, index) => index > firstOwn && isExported(each))
  return firstOwn < 0 ? [] : late.map(({ name }) => `${path}: ${name?.text}`)
}

function isExported({ modifiers }: ts.FunctionDeclaration): boolean {
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
}
