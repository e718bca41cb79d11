import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { listen, stop } from '../../examples/demo/listen.ts'
import { createPrinter } from '../../examples/demo/print.ts'
import { createStory } from '../../examples/demo/story.ts'
import { unchecked } from '../support/unchecked.ts'

// Three parts of base64url, as every signed token.
const TOKEN = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLWJ5dGVz'

function capture(coloured = false) {
  const chunks: string[] = []
  const output = unchecked<NodeJS.WriteStream>({ write: (text: string) => chunks.push(text) })
  return { printer: createPrinter(output, coloured), text: () => chunks.join('') }
}

describe('createStory()', () => {
  it('end() returns true when every check passed', async () => {
    const { printer, text } = capture()
    const story = createStory(printer)
    await story.step('One', (step) => step.expect('it is one', [1], [1]))
    expect(story.end()).toBe(true)
    expect(text()).toContain(' 1 One\n   ✓ it is one\n')
    expect(text()).toContain('✓ All checks passed: 1 steps, 1 checks')
  })

  it('end() returns false after a failed check, which prints both values', async () => {
    const { printer, text } = capture()
    const story = createStory(printer)
    await story.step('One', (step) => step.expect('it is 401', 200, 401))
    await story.step('Two', (step) => step.expect('it is two', 2, 2))
    expect(story.end()).toBe(false)
    expect(text()).toContain('   ✗ it is 401\n     expected 401\n     but got  200\n')
    expect(text()).toContain('✗ Checks failed: 1 of 2 checks')
  })

  it('skips the steps after one that threw, without a stack trace', async () => {
    const { printer, text } = capture()
    const story = createStory(printer)
    await story.step('One', () => {
      throw new Error('No response')
    })
    await story.step('Two', (step) => step.expect('it is two', 2, 2))
    expect(story.end()).toBe(false)
    expect(text()).toContain('   ✗ No response\n')
    expect(text()).not.toContain('Two')
    expect(text()).not.toMatch(/\n\s+at /)
  })
})

describe('createPrinter()', () => {
  it('writes colours only when enabled', () => {
    const plain = capture(false)
    const coloured = capture(true)
    for (const { printer } of [plain, coloured]) printer.line(printer.styled('green', 'yes'))
    expect(plain.text()).toBe('yes\n')
    expect(coloured.text()).toBe('\u001b[32myes\u001b[39m\n')
  })

  it('never writes a token', () => {
    const { printer, text } = capture()
    printer.line(`Authorization: Bearer ${TOKEN}`)
    expect(text()).toBe('Authorization: Bearer <token>\n')
  })
})

describe('listen()', () => {
  it('uses another port when the preferred one is in use', async () => {
    const [one, other] = [createServer(), createServer()]
    const { port } = new URL(await listen(one))
    const origin = new URL(await listen(other, Number(port)))
    expect(origin.hostname).toBe('127.0.0.1')
    expect(origin.port).not.toBe(port)
    await Promise.all([stop(one), stop(other)])
  })
})
