/** The ```ts blocks of the documentation, as modules that a compiler can read. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Snippet {
  /** Where it stands: `docs/guides/dpop.md:12`. */
  readonly place: string
  readonly code: string
}

/** Pages people read: the documentation, and what stands at the root. */
export function pages(): string[] {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  const papers = readdirSync(ROOT)
  return [...papers, ...docs.map((path) => `docs/${path.replaceAll('\\', '/')}`)]
    .filter((path) => path.endsWith('.md'))
    .sort()
}

/** All blocks but those that show a whole file of examples/, which is compiled where it stands. */
export function snippets(): Snippet[] {
  const files = new Set(exampleFiles().map((path) => readFileSync(path, 'utf8')))
  return pages().flatMap((page) => {
    const text = readFileSync(join(ROOT, page), 'utf8')
    return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].flatMap(({ index, 1: code = '' }) => {
      const line = text.slice(0, index).split('\n').length
      return files.has(code) ? [] : [{ place: `${page}:${line}`, code }]
    })
  })
}

/** Members of options become options, statements become a function; a module stays one. */
export function toModule({ code }: Snippet): string {
  const whole = code.replaceAll(/^ +\/\/ …$/gm, '  ...others,')
  if (/^(import|export) /m.test(whole)) return whole
  if (/^\w+: /.test(whole)) return `export const options: Members = {\n${withCommas(whole)}\n}\n`
  return `export async function snippet() {\n${whole}\n}\n`
}

/** A member on a line of its own may be followed by another, or by a comment. */
function withCommas(members: string): string {
  return members
    .replaceAll(/^(\w+: .*[\]})\w'])( *\/\/.*)?$/gm, '$1,$2')
    .replaceAll(/^([\]}])$/gm, '$1,')
}

function exampleFiles(): string[] {
  const folder = join(ROOT, 'examples')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(folder, path))
}
