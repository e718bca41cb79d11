/** jsr.json says of the sources what package.json says of the build. */

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import jsr from '../../jsr.json' with { type: 'json' }
import manifest from '../../package.json' with { type: 'json' }

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

it('jsr.json has the version and the licence of package.json', () => {
  expect(jsr).toMatchObject({ version: manifest.version, license: manifest.license })
  expect(jsr.name.split('/')[1]).toBe(manifest.name)
})

it('jsr.json exports the sources of what package.json exports, in the same order', () => {
  const built = Object.entries(manifest.exports).flatMap(([name, targets]) =>
    typeof targets === 'string' ? [] : [[name, sourceOf(targets.default)]],
  )
  expect(Object.entries(jsr.exports)).toEqual(built)
})

it('jsr.json imports what package.json depends on', () => {
  const ranges = {
    ...manifest.dependencies,
    // Deno reads no `>=`; the first version that works and all that are compatible with it.
    ...Object.fromEntries(
      Object.entries(manifest.peerDependencies).map(([name, range]) => [
        name,
        range.replace('>=', '^'),
      ]),
    ),
  }
  const expected = Object.entries(ranges).map(([name, range]) => [name, `npm:${name}@${range}`])
  expect(jsr.imports).toEqual(Object.fromEntries(expected))
})

/** `./dist/hono.js` is built from the first of these that exists, as tsup.config.ts has it. */
function sourceOf(path: string): string | undefined {
  const name = path.replace('./dist/', '').replace('.js', '')
  const places = [
    `./src/${name}.ts`,
    `./adapters/${name}.ts`,
    `./adapters/${name}/index.ts`,
    `./src/${name}/index.ts`,
  ]
  return places.find((place) => existsSync(ROOT + place))
}
