/** Stored results: while a declaration is unchanged, its noticed mutants stay noticed. */

import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Mutant } from './instrument.ts'
import type { MutantResult } from './state.ts'

interface StoredFile {
  /** The declarations in any order. Comments and the order do not matter. */
  readonly hash: string
  /** The day on which no mutant was left that a test might still notice. */
  readonly ranOn?: string | undefined
  readonly results: Record<string, MutantResult>
}

type Stored = Record<string, StoredFile>

export class ResultStore {
  readonly #path: string
  readonly #all: Stored

  constructor(path: string, isFresh: boolean) {
    this.#path = path
    this.#all = isFresh ? {} : read(path)
  }

  /** The stored results by id of the mutant. */
  load(mutants: readonly Mutant[]): Map<number, MutantResult> {
    const found = new Map<number, MutantResult>()
    for (const [name, { file, id }] of named(mutants)) {
      const result = this.#all[file]?.results[name]
      if (result !== undefined) found.set(id, result)
    }
    return found
  }

  /**
   * The day on which no mutant of a file, as it is now, was left to run; `undefined`: some are left.
   *
   * @param mutants All mutants of the file.
   */
  ranOn(file: string, mutants: readonly Mutant[]): string | undefined {
    const known = this.#all[file]
    return known?.hash === hashOf(mutants) ? known.ranOn : undefined
  }

  /** @param isDone Whether no mutant of a file is left to run. */
  store(
    mutants: readonly Mutant[],
    results: ReadonlyMap<number, MutantResult>,
    isDone: (file: string) => boolean,
  ): void {
    const today = new Date().toISOString().slice(0, 10)
    const files = Map.groupBy(mutants, ({ file }) => file)
    for (const [file, own] of files) {
      const ranOn = isDone(file) ? today : this.ranOn(file, own)
      this.#all[file] = { hash: hashOf(own), ranOn, results: {} }
    }
    for (const [name, { file, id }] of named(mutants)) {
      const result = results.get(id)
      const known = this.#all[file]
      if (result !== undefined && known !== undefined) known.results[name] = result
    }
    mkdirSync(dirname(this.#path), { recursive: true })
    // Another run may have stored results of other files meanwhile.
    const others = Object.entries(read(this.#path)).filter(([file]) => !files.has(file))
    for (const [file, stored] of others) this.#all[file] = stored
    // Another run may read meanwhile.
    writeFileSync(`${this.#path}.${process.pid}`, JSON.stringify(this.#all))
    renameSync(`${this.#path}.${process.pid}`, this.#path)
  }
}

/** Mutants by content: their ids depend on the selected files, their lines on the code above. */
function named(mutants: readonly Mutant[]): Map<string, Mutant> {
  const all = new Map<string, Mutant>()
  for (const mutant of mutants) {
    const { file, declaration, was, becomes } = mutant
    let name = digest(JSON.stringify([file, declaration, was, becomes]))
    while (all.has(name)) name += '+'
    all.set(name, mutant)
  }
  return all
}

function hashOf(mutants: readonly Mutant[]): string {
  return digest([...new Set(mutants.map(({ declaration }) => declaration))].sort().join('\n'))
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

function read(path: string): Stored {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return {}
  }
}
