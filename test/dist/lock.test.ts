import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

interface Entry {
  version?: string
  resolved?: string
  integrity?: string
  /** Part of the package above it, and covered by the hash of that. */
  inBundle?: boolean
  optionalDependencies?: Record<string, string>
}

const LOCKS = ['package-lock.json', ...globSync(['bench', 'test/field/*'].map(lockIn))]

describe.each(LOCKS)('%s', (path) => {
  const lock = JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, Entry> }
  const packages = Object.entries(lock.packages).slice(1)

  test('pins every package by version and hash, without a host', () => {
    const isPinned = (it: Entry) => it.version && (it.integrity || it.inBundle) && !it.resolved
    const odd = packages.filter(([, it]) => !isPinned(it))
    expect(odd.map(([path]) => path)).toEqual([])
  })

  // npm omits the package of a platform that it could not find, and then `npm ci` fails on every fresh clone.
  test('contains the packages of every platform', () => {
    const paths = packages.map(([path]) => path)
    const missing = packages.flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) =>
          !paths.includes(`${path}/node_modules/${name}`) &&
          !paths.includes(`node_modules/${name}`),
      ),
    )
    expect(missing).toEqual([])
  })
})

function lockIn(directory: string): string {
  return `${directory}/package-lock.json`
}
