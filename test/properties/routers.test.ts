/** TRN-13: for any path, the decision fits the route that every router selects. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { distinctPaths, isParsedForm } from '../../src/http/request-target.ts'
import { choosePath, createPathChoices } from '../../src/http/resource-path.ts'
import { createRouters, longestOf, SETS } from '../runtimes/routers.ts'
import { BOUNDS, SEED, TIMEOUT } from '../support/fuzz.ts'

const word = fc.constantFrom(
  'notes',
  'admin',
  'payroll',
  'api',
  'x',
  'ADMIN',
  'Notes',
  'a.b',
  '100%25',
)
const mark = fc.constantFrom(
  ...[
    '/',
    '//',
    '..',
    '.',
    '%2e',
    '%2E%2e',
    '%2F',
    '%2f',
    '%5c',
    '\\',
    '%252f',
    '%252e',
    '%25',
    '%',
  ],
  ...[
    ';',
    '%3B',
    ';v=1',
    '?',
    '%3F',
    '#',
    '%23',
    '%00',
    '%09',
    '%20',
    '%ff',
    '%c0%ae',
    '%zz',
    '%C3%A9',
  ],
  ...['/..', '/../', '..%2f', '..%5c', '/%2e%2e/', '%25252e', '%u0061', '+', ':', '@', '~', "'"],
)

/** Any character escaped once, escaped twice, or unescaped. */
function respelt(text: string): fc.Arbitrary<string> {
  const spell = (character: string) => {
    const escaped = `%${character.charCodeAt(0).toString(16)}`
    return fc.constantFrom(character, character, character, escaped, escaped.replace('%', '%25'))
  }
  return fc.tuple(...[...text].map(spell)).map((parts) => parts.join(''))
}

/** Paths that differ by case or by an extension may be two tenants, so a function chooses between them. */
const LEFT_TO_FUNCTIONS = ['model: ignoring case', 'model: without extensions']

const tail = fc
  .array(fc.oneof(word, mark, word.chain(respelt), fc.constant('/')), { maxLength: 7 })
  .map((parts) => parts.join(''))

describe.each(Object.entries(SETS))(`the resources of %s (seed ${SEED})`, (_name, paths) => {
  const choices = createPathChoices(
    paths.map((path) => ({ url: new URL(path, 'https://rs.example'), value: path })),
  )
  const routers = Object.entries(createRouters(paths))
  const target = fc
    .tuple(fc.constantFrom(...paths, '/'), fc.constantFrom('', '/'), tail)
    .map((parts) => `https://rs.example${parts.join('')}`)
    .filter((url) => URL.canParse(url))
    .map((url) => new URL(url).href)

  it(
    'TRN-13: are served by every router when they are chosen',
    async () => {
      let chosen = 0
      await fc.assert(
        fc.asyncProperty(target, async (url) => {
          fc.pre(isParsedForm(url))
          const { value, isAmbiguous } = choosePath(new URL(url).pathname, choices)
          if (value === undefined || isAmbiguous) return
          chosen += 1
          for (const [name, route] of routers) {
            const served = await route(new Request(url))
            expect({ name, served: served ?? value }).toEqual({ name, served: value })
          }
        }),
        BOUNDS,
      )
      expect(chosen).toBeGreaterThan(0)
    },
    TIMEOUT,
  )

  it(
    'TRN-13: are served by every router that reads case and extensions where a function chooses them',
    async () => {
      await fc.assert(
        fc.asyncProperty(target, async (url) => {
          fc.pre(isParsedForm(url))
          const readings = distinctPaths(new URL(url).pathname)
          const found = new Set(readings?.map((path) => longestOf(path, paths)))
          const [value] = found
          if (found.size !== 1 || value === undefined) return
          for (const [name, route] of routers) {
            if (LEFT_TO_FUNCTIONS.includes(name)) continue
            const served = await route(new Request(url))
            expect({ name, served: served ?? value }).toEqual({ name, served: value })
          }
        }),
        BOUNDS,
      )
    },
    TIMEOUT,
  )
})
