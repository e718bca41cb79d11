/**
 * `sqlite3` for knex, made of Node's own SQLite: the package is compiled for minutes where no binary can be downloaded.
 * `geoip-lite`, 154 MB of data, knows no country here.
 */

import { registerHooks } from 'node:module'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'

type Callback = (this: unknown, error: Error | null, rows?: unknown) => void

export class Database {
  readonly #database: DatabaseSync

  constructor(path: string, _flags: number, callback: Callback) {
    // The defaults of the package.
    this.#database = new DatabaseSync(path, {
      timeout: 5000,
      enableForeignKeyConstraints: false,
      enableDoubleQuotedStringLiterals: true,
    })
    setImmediate(() => callback.call(this, null))
  }

  run(sql: string, bindings: readonly unknown[], callback: Callback): void {
    this.#call(callback, () => {
      const { lastInsertRowid, changes } = this.#database.prepare(sql).run(...toSql(bindings))
      return { context: { lastID: Number(lastInsertRowid), changes: Number(changes) } }
    })
  }

  all(sql: string, bindings: readonly unknown[], callback: Callback): void {
    this.#call(callback, () => {
      const rows = this.#database.prepare(sql).all(...toSql(bindings))
      return { context: this, rows: rows.map((row) => ({ ...row })) }
    })
  }

  close(callback: Callback): void {
    this.#database.close()
    setImmediate(() => callback.call(this, null))
  }

  #call(callback: Callback, query: () => { context: unknown; rows?: unknown }): void {
    try {
      const { context, rows } = query()
      setImmediate(() => callback.call(context, null, rows))
    } catch (error) {
      setImmediate(() => callback.call(this, error as Error))
    }
  }
}

/** The values that the package binds for others: a `Date` as its time, a boolean as a number. */
function toSql(bindings: readonly unknown[] = []): SQLInputValue[] {
  return bindings.map((value) => {
    if (value === undefined) return null
    if (typeof value === 'boolean') return Number(value)
    return value instanceof Date ? value.getTime() : (value as SQLInputValue)
  })
}

const SOURCES: Readonly<Record<string, string>> = {
  sqlite3: `module.exports = { ...require(${JSON.stringify(import.meta.filename)}), OPEN_READWRITE: 2, OPEN_CREATE: 4 }`,
  'geoip-lite': 'module.exports = { lookup: () => null }',
}

registerHooks({
  resolve(specifier, context, next) {
    if (SOURCES[specifier] === undefined) return next(specifier, context)
    return { url: `field:${specifier}`, shortCircuit: true }
  },
  load(url, context, next) {
    const source = SOURCES[url.slice('field:'.length)]
    if (!url.startsWith('field:') || source === undefined) return next(url, context)
    return { format: 'commonjs', source, shortCircuit: true }
  },
})
