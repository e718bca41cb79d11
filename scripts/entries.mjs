// The entries of package.json, and what each is built from.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/**
 * Finds the source of each entry: the first of the places in tsup.config.ts that exists.
 * @returns {{ name: string, path: string }[]} `core` for the package's main entry, `values` for its
 * core entry, else the subpath
 */
export function entryFiles() {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  return Object.keys(exports)
    .filter((subpath) => exports[subpath].types !== undefined)
    .map((subpath) => {
      const name = subpath === '.' ? 'index' : subpath.slice(2)
      const path = ['src/%.ts', 'adapters/%.ts', 'adapters/%/index.ts', 'src/%/index.ts']
        .map((each) => join(ROOT, each.replace('%', name)))
        .find((each) => existsSync(each))
      if (path === undefined) throw new Error(`${subpath} of package.json has no source`)
      return { name: subpath === '.' ? 'core' : name === 'core' ? 'values' : name, path }
    })
}
