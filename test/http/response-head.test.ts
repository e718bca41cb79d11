import { describe, expect, it } from 'vitest'
import { allowsBody, withBody } from '../../src/http/response-head.ts'

describe('allowsBody()', () => {
  it.each([
    ...[200, 201, 202, 203, 206, 303, 305, 400, 401, 503].map((status) => [status, true] as const),
    ...[204, 205, 304].map((status) => [status, false] as const),
  ])('%d: %s, as the constructor of Response', (status, expected) => {
    expect(allowsBody(status)).toBe(expected)
    const construct = () => new Response('x', { status })
    if (expected) expect(construct().status).toBe(status)
    else expect(construct).toThrow(TypeError)
  })
})

describe('withBody()', () => {
  it('keeps the status and the fields of a response, with another body', async () => {
    const headers = { 'Content-Type': 'text/event-stream', 'X-Trace': 'a, b' }
    const first = new Response('first', { status: 207, statusText: 'Multi-Status', headers })
    const response = withBody(first, new Response('second').body)
    expect(response).not.toBe(first)
    expect([response.status, response.statusText]).toEqual([207, 'Multi-Status'])
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-type': 'text/event-stream',
      'x-trace': 'a, b',
    })
    expect(await response.text()).toBe('second')
    expect(withBody(first, null).body).toBeNull()
  })
})
