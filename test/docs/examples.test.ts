/** Every exported symbol has an example in its doc comment, copied from examples/snippets. */

import { describe, expect, it } from 'vitest'
import { buildExamples, withExample } from '../../scripts/examples.mjs'
import { ROOT } from './snippets.ts'

describe('the examples in doc comments', () => {
  const { files, problems } = buildExamples()

  it('are there for every exported symbol, and each region names exported symbols', () => {
    expect(problems).toEqual([])
  })

  it('are up to date', () => {
    const paths = [...files.keys()].map((path) => path.slice(ROOT.length))
    expect(paths, 'Run `npm run docs`.').toEqual([])
  })
})

describe('withExample()', () => {
  const EXAMPLE = ' * @example\n * ```ts\n * run()\n * ```\n'

  it.each([
    ['a comment of one line', '/** Runs. */', `/**\n * Runs.\n *\n${EXAMPLE} */`],
    [
      'a comment with tags, before @see',
      '/**\n * Runs.\n *\n * @returns Nothing.\n * @see A page.\n */',
      `/**\n * Runs.\n *\n * @returns Nothing.\n${EXAMPLE} * @see A page.\n */`,
    ],
    [
      'a comment with another example',
      '/**\n * Runs.\n *\n * @example\n * ```ts\n * old()\n *\n * older()\n * ```\n * @see A page.\n */',
      `/**\n * Runs.\n *\n${EXAMPLE} * @see A page.\n */`,
    ],
  ])('adds to %s', (_, comment, expected) => {
    const text = `const one = 1\n${comment}\nfunction run() {}\n`
    const edited = withExample(text, text.indexOf('/**'), 'run()')
    expect(edited).toBe(`const one = 1\n${expected}\nfunction run() {}\n`)
    expect(withExample(edited, edited.indexOf('/**'), 'run()')).toBe(edited)
  })
})
