/** Collects the ```ts blocks of the documentation. Each block is a module of its own. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Snippet {
  /** Page and line of the block: `docs/guides/dpop.md:12`. */
  readonly place: string
  readonly code: string
}

/** The Markdown files in docs/ and in the root. */
export function pages(): string[] {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  const root = readdirSync(ROOT)
  return [...root, ...docs.map((path) => `docs/${path.replaceAll('\\', '/')}`)]
    .filter((path) => path.endsWith('.md'))
    .sort()
}

/**
 * All blocks except copies of a file in examples/, which is compiled there, and the API reference: its
 * examples are regions of files in examples/snippets/.
 */
export function snippets(): Snippet[] {
  const files = new Set(exampleFiles().map((path) => readFileSync(path, 'utf8')))
  const written = pages().filter((page) => !page.startsWith('docs/reference/api/'))
  return written.flatMap((page) => {
    const text = readFileSync(join(ROOT, page), 'utf8')
    return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].flatMap(({ index, 1: code = '' }) => {
      const line = text.slice(0, index).split('\n').length
      return files.has(code) ? [] : [{ place: `${page}:${line}`, code }]
    })
  })
}

function exampleFiles(): string[] {
  const folder = join(ROOT, 'examples')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(folder, path))
}
