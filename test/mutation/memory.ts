/** What was noticed before: as long as a source file stays as it is, its dead mutants stay dead. */

import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Mutant } from './instrument.ts'
import type { Verdict } from './state.ts'

type Remembered = Record<string, { hash: string; verdicts: Record<string, Verdict> }>

export class Memory {
  readonly #path: string
  readonly #root: string
  readonly #all: Remembered
  /** As they were when the run began: somebody may go on writing. */
  readonly #hashes = new Map<string, string>()

  constructor(path: string, root: string, isFresh: boolean) {
    this.#path = path
    this.#root = root
    this.#all = isFresh ? {} : read(path)
  }

  /** Verdicts by id. */
  recall(mutants: readonly Mutant[]): Map<number, Verdict> {
    const found = new Map<number, Verdict>()
    for (const [name, { file, id }] of named(mutants)) {
      const known = this.#all[file]
      const verdict = known?.hash === this.#hashOf(file) ? known.verdicts[name] : undefined
      if (verdict !== undefined) found.set(id, verdict)
    }
    return found
  }

  keep(mutants: readonly Mutant[], verdicts: ReadonlyMap<number, Verdict>): void {
    for (const file of new Set(mutants.map((each) => each.file))) {
      this.#all[file] = { hash: this.#hashOf(file), verdicts: {} }
    }
    for (const [name, { file, id }] of named(mutants)) {
      const verdict = verdicts.get(id)
      const known = this.#all[file]
      if (verdict !== undefined && known !== undefined) known.verdicts[name] = verdict
    }
    mkdirSync(dirname(this.#path), { recursive: true })
    writeFileSync(this.#path, JSON.stringify(this.#all))
  }

  #hashOf(file: string): string {
    const text = () => readFileSync(this.#root + file)
    const hash = this.#hashes.get(file) ?? createHash('sha256').update(text()).digest('base64url')
    this.#hashes.set(file, hash)
    return hash
  }
}

/** By what they are, since numbers depend on what else was asked for. */
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

function read(path: string): Remembered {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return {}
  }
}
