import { describe, expect, it } from 'vitest'
import {
  END_WITH,
  type EndTimer,
  endsByItself,
  READS_VIEWS,
  TRANSPORT,
  transportOf,
} from '../../src/http/upstream.ts'

it('the keys are shared with other copies of this package', () => {
  expect(TRANSPORT).toBe(Symbol.for('mcp-gatehouse.transport'))
  expect(READS_VIEWS).toBe(Symbol.for('mcp-gatehouse.readsViews'))
  expect(END_WITH).toBe(Symbol.for('mcp-gatehouse.endWith'))
})

describe('endsByItself()', () => {
  const timer: EndTimer = () => () => {}

  it('gives the timer to a response that ends by itself', () => {
    const given: unknown[] = []
    const response = Object.assign(new Response(), {
      [END_WITH](this: unknown, each: EndTimer) {
        given.push(this, each)
      },
    })
    expect(endsByItself(response, timer)).toBe(true)
    expect(given).toEqual([response, timer])
  })

  it('leaves any other response alone', () => {
    expect(endsByItself(new Response(), timer)).toBe(false)
  })
})

describe('transportOf()', () => {
  it('is the one that the host offers with the request', () => {
    const request = new Request('https://rs.example')
    expect(transportOf(request)).toBeUndefined()
    const transport = async () => ({ ok: false, error: 'timeout' }) as const
    expect(transportOf(Object.assign(request, { [TRANSPORT]: transport }))).toBe(transport)
  })
})
