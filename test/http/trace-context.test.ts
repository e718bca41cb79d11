import { describe, expect, it } from 'vitest'
import { traceIdOf } from '../../src/http/trace-context.ts'

const ID = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = '00f067aa0ba902b7'

function read(traceparent?: string): string | undefined {
  return traceIdOf(new Headers(traceparent === undefined ? {} : { traceparent }))
}

describe('traceIdOf()', () => {
  it.each([
    `00-${ID}-${PARENT}-01`,
    `00-${ID}-${PARENT}-00`,
    ` 00-${ID}-${PARENT}-01 `,
    `01-${ID}-${PARENT}-01`,
    `cc-${ID}-${PARENT}-01-`,
    `cc-${ID}-${PARENT}-01-what-the-future-will-be-like`,
  ])('reads %s', (value) => {
    expect(read(value)).toBe(ID)
  })

  it('reads ids that begin or end with zeros', () => {
    const id = `00${'1'.repeat(28)}00`
    expect(read(`00-${id}-00f067aa0ba90200-01`)).toBe(id)
  })

  it.each([
    undefined,
    '',
    ID,
    `ff-${ID}-${PARENT}-01`,
    `00-${'0'.repeat(32)}-${PARENT}-01`,
    `00-${ID}-${'0'.repeat(16)}-01`,
    `00-${ID.toUpperCase()}-${PARENT}-01`,
    `00-${ID}-${PARENT}-01-more`,
    `00-${ID}-${PARENT}-1`,
    `x00-${ID}-${PARENT}-01`,
    `00-${ID}x-${PARENT}-01`,
    `00-${ID}-${PARENT}-01, 00-${ID}-${PARENT}-01`,
    `01-${ID}-${PARENT}-01.more`,
  ])('rejects %s', (value) => {
    expect(read(value)).toBeUndefined()
  })
})
