// docs/reference/api/: typedoc writes a page for each entry of package.json. The settings are in typedoc.jsonc.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  Application,
  DeclarationReflection,
  Logger,
  LogLevel,
  ReflectionKind,
  SignatureReflection,
  TSConfigReader,
  TypeDocReader,
} from 'typedoc'
import ts from 'typescript'
import { entryFiles, ROOT } from './entries.mjs'

const OWN = ['src/', 'adapters/'].map((folder) => join(ROOT, folder))
const CORE = 'core'
const NOTICE = '<!-- Made by `npm run docs`. Change the comments in the sources instead. -->'
const INTRODUCTION = `Every published name with its signature, what it checks, how it fails and what its options default to: one
page for each import. [Errors](../../errors.md) explains each rejection, and [events](../events.md) each event.
`

/**
 * Writes the pages, and finds what the comments do not say.
 * @param {string} out the folder of the pages; what else is in it is deleted
 * @param {(text: string, path: string) => string} [edit] changes the text of a file before it is read
 * @returns {Promise<string[]>} a line for each omission; with one, no page is written
 */
export async function writeApiReference(out, edit = (text) => text) {
  const app = await Application.bootstrapWithPlugins({ options: ROOT, out, logLevel: 'Warn' }, [
    new TypeDocReader(),
    new TSConfigReader(),
  ])
  app.options.setValue('pageTitleTemplates', {
    index: 'API',
    module: (/** @type {{ name: string }} */ { name }) =>
      name === CORE ? 'mcp-gatehouse' : `mcp-gatehouse/${name === 'values' ? 'core' : name}`,
  })
  const logger = new Collector()
  app.logger = logger
  const entries = readEntries(app, edit)
  app.getEntryPoints = () => entries
  // A comment names what is on its own page, in the core, or on another page.
  app.converter.addUnknownSymbolResolver(({ symbolReference }, owner, link) => {
    // A type with the name of a global one, such as `Report`.
    if (link === undefined) return undefined
    const name = symbolReference?.path?.[0]?.path
    const target = owner.project.children
      ?.flatMap(({ children }) => children ?? [])
      .find((each) => each.name === name)
    // Typed as a URL, and a reflection is taken as well.
    const place = /** @type {string} */ (/** @type {unknown} */ (target))
    return target && { target: place, caption: target.name }
  })

  const project = await app.convert()
  if (project === undefined) return logger.lines
  app.validate(project)
  const omissions = [...logger.lines, ...missingInSignatures(project)]
  for (const each of project.getReflectionsByKind(ReflectionKind.Function)) describeOnce(each)
  if (omissions.length > 0) return omissions
  await app.generateOutputs(project)
  tidy(out)
  return logger.lines
}

class Collector extends Logger {
  /** @override */
  level = LogLevel.Warn
  /** @type {string[]} */
  lines = []

  /** @override @param {string} message @param {LogLevel} level */
  log(message, level) {
    // A member of an object type inside another type is described where that type is.
    if (level >= this.level && !message.includes('.__type.')) this.lines.push(message)
  }
}

/**
 * The entries of package.json with their sources, as tsup.config.ts finds them.
 * @param {Application} app
 * @param {(text: string, path: string) => string} edit
 */
function readEntries(app, edit) {
  const options = app.options.getCompilerOptions(app.logger)
  const host = ts.createCompilerHost(options)
  const { getSourceFile, readFile } = host
  host.getSourceFile = (path, language, ...rest) =>
    OWN.some((folder) => path.startsWith(folder))
      ? ts.createSourceFile(path, toTypedoc(edit(readFile(path) ?? '', path), path), language, true)
      : getSourceFile(path, language, ...rest)
  const entries = entryFiles().map(({ name, path }) => ({ displayName: name, path }))
  const program = ts.createProgram(
    entries.map(({ path }) => path),
    options,
    host,
  )
  return entries.map(({ displayName, path }) => {
    const sourceFile = program.getSourceFile(path)
    if (sourceFile === undefined) throw new Error(`${path} cannot be read`)
    return { displayName, program, sourceFile }
  })
}

/**
 * A file's own comment clings to its first declaration without a tag, typedoc drops the type of `@throws`, and a type
 * that only helps to write others down is shown where it is used.
 * @param {string} text @param {string} path
 */
function toTypedoc(text, path) {
  const isShared = path.includes('/adapters/shared/')
  return text
    .replace(/^(\/\*\*.*?)\s*\*\//s, '$1\n * @module\n */')
    .replaceAll(/@throws \{((?:Auth|Config|Upstream)Error)\}/g, '@throws {@link $1}:')
    .replaceAll(/@throws \{(\w+)\}/g, '@throws `$1`:')
    .replaceAll(isShared ? /^(?=export type \w+ =)/gm : /^(?=type \w+ =)/gm, '/** @inline */\n')
}

/**
 * What typedoc does not require: descriptions of each parameter and result of a function or a constructor.
 * @param {import('typedoc').ProjectReflection} project
 */
function missingInSignatures(project) {
  const kinds = ReflectionKind.CallSignature | ReflectionKind.ConstructorSignature
  return project.getReflectionsByKind(kinds).flatMap((each) => {
    if (!(each instanceof SignatureReflection)) return []
    if (!each.parent.kindOf(ReflectionKind.Function | ReflectionKind.Constructor)) return []
    const name = each.parent.getFriendlyFullName()
    const isVoid = /^(Promise<)?void>?$/.test(each.type?.toString() ?? 'void')
    const needsResult = !isVoid && each.kindOf(ReflectionKind.CallSignature)
    return [
      ...(each.parameters ?? [])
        .filter((parameter) => !parameter.hasComment())
        .map((parameter) => `${name} has no description of @param ${parameter.name}`),
      ...(needsResult && each.comment?.getTag('@returns') === undefined
        ? [`${name} has no description of what it @returns`]
        : []),
    ]
  })
}

/** Overloads share a description; typedoc repeats it. @param {import('typedoc').Reflection} reflection */
function describeOnce(reflection) {
  if (!(reflection instanceof DeclarationReflection)) return
  const requiredOf = (/** @type {SignatureReflection} */ { parameters = [] }) =>
    parameters.filter(({ flags }) => !flags.isOptional)
  reflection.signatures?.sort((one, other) => requiredOf(one).length - requiredOf(other).length)
  for (const signature of reflection.signatures?.slice(1) ?? []) {
    delete signature.comment
    for (const parameter of signature.parameters ?? []) delete parameter.comment
  }
}

/**
 * Leads links to the headings by the names GitHub gives them, and removes what typedoc writes for itself.
 * @param {string} folder
 */
function tidy(folder) {
  const pages = readdirSync(folder).map((file) => {
    const text = readFileSync(join(folder, file), 'utf8')
    return { file, text, headings: headingsOf(text) }
  })
  for (const { file, text } of pages) {
    const tidied = text
      .replaceAll(/<a id="[^"]*"><\/a>(\n\n| )/g, '')
      .replaceAll(/\(([\w-]+\.md)?#([\w-]+)\)/g, (link, path = '', anchor) => {
        const page = pages.find((each) => each.file === (path || file))
        const heading = page?.headings.get(anchor)
        return heading === undefined ? link : `(${path}#${heading})`
      })
      .replaceAll(/\n#+ Returns\n\n`void`\n/g, '')
      .replaceAll(/\n#+ Overrides\n\n.*\n/g, '')
      // A default that is a description, not a value.
      .replaceAll(/\*\*Default\*\* `([a-z]+ [^`]*)`/g, '**Default** $1')
      // The package has these pages, and no sources.
      .replaceAll(/^Defined in: \[(.*?):\d+\]\(.*?\)/gm, 'Source: `$1`')
      .replaceAll(/\n\*\*\*\n/g, '')
      .replace('## Modules\n', INTRODUCTION)
      .replace('\n\n', `\n\n${NOTICE}\n\n`)
    writeFileSync(join(folder, file), `${tidied.trim()}\n`)
  }
}

/** GitHub's name of the heading that each anchor of typedoc stands before, or in whose section. @param {string} text */
function headingsOf(text) {
  /** @type {Map<string, string>} */
  const headings = new Map()
  /** @type {Map<string, number>} */
  const counts = new Map()
  /** @type {string[]} */
  let waiting = []
  let heading = ''
  for (const line of text.replaceAll(/^```.*?^```$/gms, '').split('\n')) {
    const [, title] = /^#+ (.*)$/.exec(line) ?? []
    const [, anchor] = /<a id="([^"]*)">/.exec(line) ?? []
    if (title !== undefined) {
      const slug = title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-')
      const count = counts.get(slug) ?? 0
      counts.set(slug, count + 1)
      heading = count === 0 ? slug : `${slug}-${count}`
      for (const each of waiting) headings.set(each, heading)
      waiting = []
    } else if (anchor !== undefined) {
      if (line.startsWith('|')) headings.set(anchor, heading)
      else waiting.push(anchor)
    }
  }
  return headings
}
