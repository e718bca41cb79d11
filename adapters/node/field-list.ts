/** The header fields of a response whose head is about to be written, in a flat list as Node sends them. */

import { type OutgoingHttpHeader, ServerResponse } from 'node:http'

import type { HeadFields } from '../../src/http/response-head.ts'

type Fields = (string | OutgoingHttpHeader)[]

/**
 * Whether Node writes the head from such a list directly. It does not where fields were set before, in
 * HTTP/2, and where another package has replaced `writeHead`, which may expect an object.
 */
export function takesList(res: ServerResponse, writeHead: unknown): boolean {
  return writeHead === ServerResponse.prototype.writeHead && res.getHeaderNames().length === 0
}

/** Has the members of `Headers`, but keeps the order and the spelling of what it was given. */
export class FieldList implements Headers, HeadFields {
  /** Names and values in turn. */
  readonly fields: Fields

  constructor(fields: Fields = []) {
    this.fields = fields
  }

  /** @param headers An object, or names and values in turn, as for `writeHead`. */
  static of(headers: object | undefined): FieldList {
    if (headers === undefined) return new FieldList()
    if (Array.isArray(headers)) return new FieldList(headers.flat())
    const fields: Fields = []
    for (const name of Object.keys(headers)) {
      const value = (headers as Record<string, OutgoingHttpHeader | undefined>)[name]
      if (value !== undefined) fields.push(name, value)
    }
    return new FieldList(fields)
  }

  get(name: string): string | null {
    const values = this.#indexesOf(name).map((index) => [this.fields[index]].flat().join(', '))
    return values.length === 0 ? null : values.join(', ')
  }

  has(name: string): boolean {
    return this.#indexOf(name, 0) >= 0
  }

  set(name: string, value: string | number): void {
    const index = this.#indexOf(name, 0)
    if (index < 0) {
      this.fields.push(name, value)
      return
    }
    this.fields[index] = value
    this.#deleteFrom(index + 1, name)
  }

  append(name: string, value: string): void {
    this.fields.push(name, value)
  }

  delete(name: string): void {
    this.#deleteFrom(0, name)
  }

  getSetCookie(): string[] {
    return this.#indexesOf('set-cookie').flatMap((index) => [this.fields[index]].flat().map(String))
  }

  forEach(visit: (value: string, name: string, headers: Headers) => void, self?: unknown): void {
    for (const [name, value] of this) visit.call(self, value, name, this)
  }

  entries() {
    return [...this].values()
  }

  keys() {
    return [...this].map(([name]) => name).values()
  }

  values() {
    return [...this].map(([, value]) => value).values()
  }

  *[Symbol.iterator](): Generator<[name: string, value: string], undefined> {
    for (let index = 1; index < this.fields.length; index += 2) {
      const name = String(this.fields[index - 1]).toLowerCase()
      for (const value of [this.fields[index]].flat()) yield [name, String(value)]
    }
  }

  #deleteFrom(start: number, name: string): void {
    for (let index = this.#indexOf(name, start); index >= 0; ) {
      this.fields.splice(index - 1, 2)
      index = this.#indexOf(name, start)
    }
  }

  #indexesOf(name: string): number[] {
    const indexes: number[] = []
    for (let index = this.#indexOf(name, 0); index >= 0; index = this.#indexOf(name, index + 1)) {
      indexes.push(index)
    }
    return indexes
  }

  /** The index of the first value of a field from an index on. */
  #indexOf(name: string, from: number): number {
    const wanted = name.toLowerCase()
    for (let index = from | 1; index < this.fields.length; index += 2) {
      const field = String(this.fields[index - 1])
      if (field.length === wanted.length && field.toLowerCase() === wanted) return index
    }
    return -1
  }
}
