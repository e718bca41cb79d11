/** What is published, from the sources: every entry of package.json and the declarations of its names. */

import { readdirSync, readFileSync } from 'node:fs'
import ts from 'typescript'
import manifest from '../../../package.json' with { type: 'json' }
import { ROOT } from '../snippets.ts'
import { bareText } from './comments.ts'

export type Kind = 'function' | 'class' | 'interface' | 'type'

/** A published name. */
export interface Published {
  readonly name: string
  readonly kind: Kind
  /** Of overloads all, and not what implements them. */
  readonly declarations: readonly ts.Declaration[]
  /** The file it is declared in, from the root of the repository. */
  readonly path: string
}

/** A subpath of the package. */
export interface Entry {
  /** As in `exports`: `.` or `./hono`. */
  readonly subpath: string
  /** What is written after `from`. */
  readonly specifier: string
  readonly path: string
  /** The comment its file begins with. */
  readonly about: string
  /** In the order of the sources, what the entry's own file declares first. */
  readonly names: readonly Published[]
}

export interface Surface {
  readonly entries: readonly Entry[]
  /** What a name in the sources stands for, if that is declared here. */
  readonly meaning: (name: ts.Node) => Meaning | undefined
}

/** A name is published, or it is a type that only helps to write another down. */
export type Meaning = Published | { readonly name: string; readonly local: ts.Declaration }

/** Changes the text of a file before it is read: for tests of what reads it. */
export type Edit = (text: string, path: string) => string

/** Reads the sources. Neither packages nor the standard library are, which leaves half a second. */
export function readSurface(edit: Edit = (text) => text): Surface {
  const files = ['src', 'adapters'].flatMap((folder) =>
    readdirSync(ROOT + folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => `${ROOT}${folder}/${path.replaceAll('\\', '/')}`),
  )
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    allowImportingTsExtensions: true,
    noEmit: true,
    noLib: true,
    noResolve: true,
    types: [],
  }
  const host = ts.createCompilerHost(options, true)
  host.getSourceFile = (path, language) =>
    ts.createSourceFile(path, edit(readFileSync(path, 'utf8'), path), language, true)
  const program = ts.createProgram(files.sort(), options, host)
  const checker = program.getTypeChecker()
  const published = new Map<ts.Symbol, Published>()
  const aliased = (symbol: ts.Symbol): ts.Symbol =>
    (symbol.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(symbol) : symbol

  const entries = Object.entries(manifest.exports).flatMap(([subpath, targets]): Entry[] => {
    if (typeof targets === 'string') return []
    const path = sourceOf(targets.default, files)
    const file = program.getSourceFile(ROOT + path)
    const module = file && checker.getSymbolAtLocation(file)
    if (file === undefined || module === undefined) throw new Error(`${path} is no module`)
    const names = checker.getExportsOfModule(module).map((symbol): Published => {
      const found = toPublished(symbol.name, aliased(symbol))
      published.set(aliased(symbol), found)
      return found
    })
    const isElsewhere = (each: Published) => Number(each.path !== path)
    return [
      {
        subpath,
        specifier: manifest.name + subpath.slice(1),
        path,
        about: moduleComment(file),
        names: names
          .toSorted((one, other) => orderOf(one) - orderOf(other))
          .toSorted((one, other) => isElsewhere(one) - isElsewhere(other)),
      },
    ]
  })

  return {
    entries,
    meaning(name) {
      const symbol = checker.getSymbolAtLocation(name)
      if (symbol === undefined) return undefined
      const meant = aliased(symbol)
      const [local] = meant.declarations ?? []
      // A type parameter explains itself where it stands.
      if (local === undefined || ts.isTypeParameterDeclaration(local)) return undefined
      return published.get(meant) ?? { name: meant.name, local }
    },
  }
}

/** As tsup.config.ts has it: `./dist/hono.js` is built from the first of these that exists. */
function sourceOf(output: string, files: readonly string[]): string {
  const name = output.replace('./dist/', '').replace('.js', '')
  const places = ['src/%.ts', 'adapters/%.ts', 'adapters/%/index.ts', 'src/%/index.ts'].map(
    (place) => place.replace('%', name),
  )
  const found = places.find((place) => files.includes(ROOT + place))
  if (found === undefined) throw new Error(`${output} is built from none of ${places.join(', ')}`)
  return found
}

function toPublished(name: string, symbol: ts.Symbol): Published {
  const all = symbol.declarations ?? []
  const bodiless = all.filter((each) => ts.isFunctionDeclaration(each) && each.body === undefined)
  // The compiler wants the narrow overload first; a reader wants the one that asks for least.
  const declarations =
    bodiless.length > 0 ? bodiless.toSorted((one, other) => neededBy(one) - neededBy(other)) : all
  const [first] = declarations
  const kind = first === undefined ? undefined : kindOf(first)
  if (first === undefined || kind === undefined) throw new Error(`${name} is of no kind known here`)
  const path = first.getSourceFile().fileName.slice(ROOT.length)
  return { name, kind, declarations, path }
}

function neededBy(declaration: ts.Declaration): number {
  if (!ts.isFunctionDeclaration(declaration)) return 0
  return declaration.parameters.filter((each) => !each.questionToken && !each.initializer).length
}

function kindOf(declaration: ts.Declaration): Kind | undefined {
  if (ts.isFunctionDeclaration(declaration)) return 'function'
  if (ts.isClassDeclaration(declaration)) return 'class'
  if (ts.isInterfaceDeclaration(declaration)) return 'interface'
  return ts.isTypeAliasDeclaration(declaration) ? 'type' : undefined
}

/** Within a file, where it stands; between files, where they stand. */
function orderOf({ declarations: [first] }: Published): number {
  return first?.pos ?? 0
}

function moduleComment({ text }: ts.SourceFile): string {
  return bareText(/^\/\*\*.*?\*\//s.exec(text)?.[0] ?? '')
}
