/** jsr.json describes the sources like package.json the build. */

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

it('jsr.json exports the sources of the entries of package.json, in the same order', () => {
  const built = Object.entries(manifest.exports).flatMap(([name, targets]) =>
    typeof targets === 'string' ? [] : [[name, sourceOf(targets.default)]],
  )
  expect(Object.entries(jsr.exports)).toEqual(built)
})

it('jsr.json imports the dependencies of package.json, and valibot, which the build contains', () => {
  const ranges = {
    ...manifest.dependencies,
    valibot: manifest.devDependencies.valibot,
    // Deno does not support `>=`: the first working version and all compatible ones.
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
