/** Finds secrets in everything that left the library, in every encoding. */

import { expect } from 'vitest'

/** Texts that must appear nowhere: the secrets themselves, and every other way to write them. */
export function spellings(...secrets: readonly string[]): string[] {
  const spelt = secrets.flatMap((secret) => {
    const bytes = Buffer.from(secret)
    // Within longer base64 a text has one of three spellings; their ends depend on its neighbours.
    const shifted = [0, 1, 2].flatMap((shift) => {
      const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
      const certain = encoded.replace(/=+$/, '').slice(shift === 0 ? 0 : shift + 1, -2)
      return [certain, certain.replaceAll('+', '-').replaceAll('/', '_')]
    })
    return [secret, encodeURIComponent(secret), bytes.toString('hex'), ...shifted]
  })
  return [...new Set(spelt)].filter((text) => text.length >= 8)
}

/** The parts of a token that say something, and the whole of it. */
export function partsWorthHiding(token: string): string[] {
  return [token, ...token.split('.')].filter((part) => part.length >= 8)
}

/** Asserts that none of the texts is anywhere in what came out. */
export function expectNowhere(secrets: readonly string[], came: readonly unknown[]): void {
  const text = came.map((each) => everythingIn(each)).join('\n')
  const found = secrets.filter((secret) => text.includes(secret))
  expect(found).toEqual([])
}

/**
 * All text in a value: members that are not enumerable, symbols, prototypes' getters of errors,
 * causes, maps and sets, all the way down.
 */
export function everythingIn(value: unknown, seen: Set<unknown> = new Set()): string {
  if (typeof value === 'string') return value
  if (typeof value === 'symbol' || typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null || seen.has(value)) return String(value)
  seen.add(value)
  const texts: string[] = []
  if (value instanceof Headers || value instanceof Map) {
    for (const [key, member] of value) {
      texts.push(everythingIn(key, seen), everythingIn(member, seen))
    }
  }
  if (value instanceof Set) for (const member of value) texts.push(everythingIn(member, seen))
  if (value instanceof Error) texts.push(String(value), value.stack ?? '')
  for (const key of Reflect.ownKeys(value)) {
    texts.push(String(key), everythingIn((value as Record<PropertyKey, unknown>)[key], seen))
  }
  return texts.join('\n')
}

/** Everything that a client receives. */
export async function everythingOf(response: Response): Promise<unknown[]> {
  return [response.status, response.statusText, response.headers, await response.clone().text()]
}
