// Writes the regions of examples/snippets into the doc comments of the symbols they name, as `@example`.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import ts from 'typescript'
import { entryFiles, ROOT } from './entries.mjs'

const SNIPPETS = join(ROOT, 'examples/snippets')

/**
 * A region: `// #region name name` … `// #endregion`, in a file named after the entry that exports the names:
 * `redis.ts`, `core-events.ts`.
 * @typedef {{ entry: string, names: string[], code: string }} Region
 * @typedef {{ entry: string, name: string, path: string, position: number }} Exported
 */

/**
 * Puts every example where it belongs.
 * @returns {{ files: Map<string, string>, problems: string[] }} the new text of each file that changes, and the
 * exported symbols without an example or a comment, and the regions without a symbol
 */
export function buildExamples() {
  const symbols = exportedSymbols()
  const regions = readRegions()
  /** @type {Map<string, { position: number, code: string }[]>} */
  const insertions = new Map()
  const problems = symbols.flatMap(({ entry, name, path, position }) => {
    const found = regions.filter((each) => each.entry === entry && each.names.includes(name))
    const [region] = found
    if (region === undefined || found.length > 1)
      return [`${entry}.${name} has ${found.length} regions`]
    insertions.set(path, [...(insertions.get(path) ?? []), { position, code: region.code }])
    return position < 0 ? [`${entry}.${name} has no doc comment`] : []
  })
  const unknown = regions.flatMap(({ entry, names }) =>
    names
      .filter((name) => !symbols.some((each) => each.entry === entry && each.name === name))
      .map((name) => `examples/snippets names ${name}, which ${entry} does not export`),
  )
  const files = [...insertions].flatMap(([path, all]) => {
    const text = readFileSync(path, 'utf8')
    // From the end, so that the positions before stay true.
    const edited = all
      .filter(({ position }) => position >= 0)
      .sort((one, other) => other.position - one.position)
      .reduce((known, { position, code }) => withExample(known, position, code), text)
    return edited === text ? [] : [/** @type {const} */ ([path, edited])]
  })
  return { files: new Map(files), problems: [...problems, ...unknown] }
}

/** Writes what is out of date. @returns {string[]} problems, as of `buildExamples` */
export function writeExamples() {
  const { files, problems } = buildExamples()
  for (const [path, text] of files) writeFileSync(path, text)
  return problems
}

/** @returns {Region[]} */
function readRegions() {
  return readdirSync(SNIPPETS).flatMap((file) => {
    const entry = basename(file, '.ts').split('-')[0] ?? ''
    const text = readFileSync(join(SNIPPETS, file), 'utf8')
    return [...text.matchAll(/^ *\/\/ #region ([^\n]*)\n(.*?)^ *\/\/ #endregion$/gms)].map(
      ([, names = '', code = '']) => ({ entry, names: names.split(' '), code: dedent(code) }),
    )
  })
}

/** @param {string} code */
function dedent(code) {
  const indent = /^ */.exec(code)?.[0].length ?? 0
  const bare = code.replaceAll(new RegExp(`^ {${indent}}`, 'gm'), '').replaceAll(/^export /gm, '')
  if (bare.includes('*/')) throw new Error(`An example cannot hold a comment's end:\n${bare}`)
  return bare.trimEnd()
}

/** Every name of every entry, and where the comment of its declaration begins. @returns {Exported[]} */
function exportedSymbols() {
  const entries = entryFiles()
  const options = { noLib: true, noResolve: false, types: [], allowImportingTsExtensions: true }
  const program = ts.createProgram(
    entries.map(({ path }) => path),
    {
      ...options,
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2023,
    },
  )
  const checker = program.getTypeChecker()
  /** The core entry exports again what the main entry exports. */
  const known = new Set()
  return entries.flatMap(({ name: entry, path }) => {
    const file = program.getSourceFile(path)
    const module = file && checker.getSymbolAtLocation(file)
    if (module === undefined) throw new Error(`${path} is not a module`)
    const exported = checker.getExportsOfModule(module).filter((symbol) => !known.has(symbol))
    if (entry === 'core') for (const symbol of exported) known.add(symbol)
    return exported.map((symbol) => {
      const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0
      const { declarations = [] } = isAlias ? checker.getAliasedSymbol(symbol) : symbol
      const comments = declarations.flatMap((each) =>
        ts.getJSDocCommentsAndTags(each).filter(ts.isJSDoc).slice(-1),
      )
      // A file's own comment clings to a first declaration that has none.
      const comment = comments.find(({ pos }) => pos !== 0)
      const source = declarations[0]?.getSourceFile().fileName ?? path
      return { entry, name: symbol.name, path: source, position: comment?.pos ?? -1 }
    })
  })
}

/**
 * The text with the comment at a position holding one example, which stands before `@see`.
 * @param {string} text @param {number} position @param {string} code
 */
export function withExample(text, position, code) {
  const end = text.indexOf('*/', position) + 2
  const lines = text
    .slice(position, end)
    .replace(/^\/\*\* ?\n?/, '')
    .replace(/\s*\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^ *\* ?/, ''))
  /** @type {string[]} */
  const kept = []
  let isExample = false
  for (const line of lines) {
    if (/^@\w/.test(line)) isExample = line.startsWith('@example')
    if (!isExample) kept.push(line)
  }
  const see = kept.findIndex((line) => line.startsWith('@see'))
  const [before, after] = see < 0 ? [kept, []] : [kept.slice(0, see), kept.slice(see)]
  while (before.at(-1) === '') before.pop()
  const example = ['@example', '```ts', ...code.split('\n'), '```']
  // Tags follow each other; a description ends with an empty line.
  const isDescription = !before.some((line) => /^@\w/.test(line))
  const all = [...before, ...(isDescription ? [''] : []), ...example, ...after]
  const body = all.map((line) => (line === '' ? ' *' : ` * ${line}`)).join('\n')
  return `${text.slice(0, position)}/**\n${body}\n */${text.slice(end)}`
}
