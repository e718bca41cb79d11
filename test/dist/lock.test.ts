import { describe, expect, test } from 'vitest'
import lock from '../../package-lock.json' with { type: 'json' }

interface Entry {
  version?: string
  resolved?: string
  integrity?: string
  optionalDependencies?: Record<string, string>
}

const packages = Object.entries(lock.packages as Record<string, Entry>).slice(1)

describe('package-lock.json', () => {
  test('pins every package by version and hash, without a host', () => {
    const odd = packages.filter(([, it]) => !it.version || !it.integrity || it.resolved)
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
