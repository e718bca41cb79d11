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
    `cc-${ID}-${PARENT}-01-what-the-future-will-be-like`,
  ])('reads %s', (value) => {
    expect(read(value)).toBe(ID)
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
    `00-${ID}x-${PARENT}-01`,
    `00-${ID}-${PARENT}-01, 00-${ID}-${PARENT}-01`,
    `01-${ID}-${PARENT}-01.more`,
  ])('rejects %s', (value) => {
    expect(read(value)).toBeUndefined()
  })
})
