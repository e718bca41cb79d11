import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { listen, stop } from '../../examples/demo/listen.ts'
import { createPrinter } from '../../examples/demo/print.ts'
import { beginStory } from '../../examples/demo/story.ts'

// Three parts of base64url, as every signed token.
const TOKEN = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLWJ5dGVz'

function capture(coloured = false) {
  const chunks: string[] = []
  const output = { write: (text: string) => chunks.push(text) } as unknown as NodeJS.WriteStream
  return { printer: createPrinter(output, coloured), text: () => chunks.join('') }
}

describe('beginStory()', () => {
  it('ends well when everything was as expected', async () => {
    const { printer, text } = capture()
    const story = beginStory(printer)
    await story.step('One', (step) => step.expect('it is one', [1], [1]))
    expect(story.end()).toBe(true)
    expect(text()).toContain(' 1 One\n   ✓ it is one\n')
    expect(text()).toContain('✓ All as expected: 1 steps, 1 checks')
  })

  it('ends badly after one unmet expectation, and says what was there instead', async () => {
    const { printer, text } = capture()
    const story = beginStory(printer)
    await story.step('One', (step) => step.expect('it is 401', 200, 401))
    await story.step('Two', (step) => step.expect('it is two', 2, 2))
    expect(story.end()).toBe(false)
    expect(text()).toContain('   ✗ it is 401\n     expected 401\n     but got  200\n')
    expect(text()).toContain('✗ Not as expected: 1 of 2 checks')
  })

  it('tells nothing after a step that threw, and shows no stack', async () => {
    const { printer, text } = capture()
    const story = beginStory(printer)
    await story.step('One', () => {
      throw new Error('There was no answer')
    })
    await story.step('Two', (step) => step.expect('it is two', 2, 2))
    expect(story.end()).toBe(false)
    expect(text()).toContain('   ✗ There was no answer\n')
    expect(text()).not.toContain('Two')
    expect(text()).not.toMatch(/\n\s+at /)
  })
})

describe('createPrinter()', () => {
  it('writes colours only where it should', () => {
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
  it('takes another port when the wished one is in use', async () => {
    const [one, other] = [createServer(), createServer()]
    const { port } = new URL(await listen(one))
    const origin = new URL(await listen(other, Number(port)))
    expect(origin.hostname).toBe('127.0.0.1')
    expect(origin.port).not.toBe(port)
    await Promise.all([stop(one), stop(other)])
  })
})
