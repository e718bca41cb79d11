/** The published names of every entry: a change must be deliberate. */

import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const entries = Object.entries(manifest.exports).flatMap(([entry, targets]) =>
  typeof targets === 'string' ? [] : [{ entry, ...targets }],
)

/** The names of values and types in the declarations of each entry. */
function declaredNames(): Map<string, { values: string[]; types: string[] }> {
  const files = entries.map(({ types }) => ROOT + types.slice(2))
  const program = ts.createProgram(files, {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    skipLibCheck: true,
    types: ['node'],
  })
  const checker = program.getTypeChecker()
  return new Map(
    entries.map(({ entry }, index) => {
      const file = program.getSourceFile(files[index] as string)
      const module = file && checker.getSymbolAtLocation(file)
      const symbols = module === undefined ? [] : checker.getExportsOfModule(module)
      const isValue = (symbol: ts.Symbol): boolean => {
        const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0
        const { flags } = isAlias ? checker.getAliasedSymbol(symbol) : symbol
        return (flags & ts.SymbolFlags.Value) !== 0
      }
      const named = (list: readonly ts.Symbol[]) => list.map(({ name }) => name).sort()
      return [
        entry,
        {
          values: named(symbols.filter(isValue)),
          types: named(symbols.filter((symbol) => !isValue(symbol))),
        },
      ]
    }),
  )
}

const declared = declaredNames()

describe('the published entries', () => {
  // For a deliberate change: vitest -u, and a line in the changelog.
  it('have the names of surface.txt', async () => {
    const text = [...declared].flatMap(([entry, { values, types }]) => [
      entry,
      ...values.map((name) => `  ${name}`),
      ...types.map((name) => `  type ${name}`),
    ])
    await expect(`${text.join('\n')}\n`).toMatchFileSnapshot('./surface.txt')
  })

  // The class in the adapter for Workers is only usable in workerd, but every entry loads.
  it.each(entries)('declare the exports of $entry', async ({ entry, default: file }) => {
    const module: object = await import(ROOT + file.slice(2))
    expect(Object.keys(module).sort()).toEqual(declared.get(entry)?.values)
  })

  it.each(entries)('have no default export and no internal names in $entry', ({ entry }) => {
    const { values = [], types = [] } = declared.get(entry) ?? {}
    // `app.register(import('mcp-gatehouse/fastify'))` takes the default export.
    if (entry !== './fastify') expect([...values, ...types]).not.toContain('default')
    const insides =
      /^(stateOf|ResourceState|RejectionReason|Result|RequestBudget|emit|WIRE_ERRORS|CredentialCache|ResponseCache)$/
    expect([...values, ...types].filter((name) => insides.test(name))).toEqual([])
    // Names of another package would make its versions part of the contract.
    const foreign = /^(JWK|JWTPayload|SignJWT|jwtVerify|BaseSchema|InferOutput|safeParse)$/
    expect([...values, ...types].filter((name) => foreign.test(name))).toEqual([])
  })
})
