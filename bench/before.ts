/** Builds the release candidate, whose cache had 10,000 tokens and 16 MiB: figures marked "before" are measured with it. */

import { execFileSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const COMMIT = 'eace506'
const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** @returns The URL of its main entry; `undefined` where the history is not there (a shallow clone). */
export function buildBefore(directory: string): string | undefined {
  const tree = join(directory, 'before')
  try {
    run('git', ['worktree', 'add', '--detach', tree, COMMIT], ROOT)
  } catch {
    console.error(`${COMMIT} is not in this clone: no figures beside it`)
    return undefined
  }
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'))
  run(join(ROOT, 'node_modules/.bin/tsup'), [], tree)
  return pathToFileURL(join(tree, 'dist/index.js')).href
}

/** Call it after the directory of the build was removed. */
export function forgetBefore(): void {
  run('git', ['worktree', 'prune'], ROOT)
}

function run(program: string, args: readonly string[], cwd: string): void {
  execFileSync(program, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
}
