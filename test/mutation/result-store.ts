/** Stored results: while a source file is unchanged, its noticed mutants stay noticed. */

import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Mutant } from './instrument.ts'
import type { MutantResult } from './state.ts'

interface StoredFile {
  readonly hash: string
  /** The day on which no mutant was left that a test might still notice. */
  readonly ranOn?: string | undefined
  readonly results: Record<string, MutantResult>
}

type Stored = Record<string, StoredFile>

export class ResultStore {
  readonly #path: string
  readonly #root: string
  readonly #all: Stored
  /** Hashes from the start of the run: files may change during it. */
  readonly #hashes = new Map<string, string>()

  constructor(path: string, root: string, isFresh: boolean) {
    this.#path = path
    this.#root = root
    this.#all = isFresh ? {} : read(path)
  }

  /** The stored results by id of the mutant. */
  load(mutants: readonly Mutant[]): Map<number, MutantResult> {
    const found = new Map<number, MutantResult>()
    for (const [name, { file, id }] of named(mutants)) {
      const known = this.#all[file]
      const result = known?.hash === this.#hashOf(file) ? known.results[name] : undefined
      if (result !== undefined) found.set(id, result)
    }
    return found
  }

  /** The day on which no mutant of this file, as it is now, was left to run; `undefined`: some are left. */
  ranOn(file: string): string | undefined {
    const known = this.#all[file]
    return known?.hash === this.#hashOf(file) ? known.ranOn : undefined
  }

  /** @param isDone Whether no mutant of a file is left to run. */
  store(
    mutants: readonly Mutant[],
    results: ReadonlyMap<number, MutantResult>,
    isDone: (file: string) => boolean,
  ): void {
    const today = new Date().toISOString().slice(0, 10)
    for (const file of new Set(mutants.map((each) => each.file))) {
      const ranOn = isDone(file) ? today : this.ranOn(file)
      this.#all[file] = { hash: this.#hashOf(file), ranOn, results: {} }
    }
    for (const [name, { file, id }] of named(mutants)) {
      const result = results.get(id)
      const known = this.#all[file]
      if (result !== undefined && known !== undefined) known.results[name] = result
    }
    mkdirSync(dirname(this.#path), { recursive: true })
    // Another run may have stored results of other files meanwhile.
    const own = new Set(mutants.map((each) => each.file))
    const others = Object.entries(read(this.#path)).filter(([file]) => !own.has(file))
    for (const [file, stored] of others) this.#all[file] = stored
    // Another run may read meanwhile.
    writeFileSync(`${this.#path}.${process.pid}`, JSON.stringify(this.#all))
    renameSync(`${this.#path}.${process.pid}`, this.#path)
  }

  #hashOf(file: string): string {
    const text = () => readFileSync(this.#root + file)
    const hash = this.#hashes.get(file) ?? createHash('sha256').update(text()).digest('base64url')
    this.#hashes.set(file, hash)
    return hash
  }
}

/** Mutants by content, since their ids depend on the selected files. */
function named(mutants: readonly Mutant[]): Map<string, Mutant> {
  const all = new Map<string, Mutant>()
  for (const mutant of mutants) {
    const { file, line, was, becomes } = mutant
    let name = JSON.stringify([file, line, was, becomes])
    while (all.has(name)) name += '+'
    all.set(name, mutant)
  }
  return all
}

function read(path: string): Stored {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return {}
  }
}
