import { describe, expect, it } from 'vitest'
import { buildResponse, buildResponseFor } from '../../src/http/build-response.ts'

describe('buildResponse()', () => {
  it('has the body, the status and each header', async () => {
    const response = buildResponse('text', 401, [
      ['Content-Type', 'application/json'],
      ['Cache-Control', 'no-store'],
    ])
    expect([response.status, await response.text()]).toEqual([401, 'text'])
    expect(Object.fromEntries(response.headers)).toEqual({
      'cache-control': 'no-store',
      'content-type': 'application/json',
    })
  })

  it('takes no statusText from Object.prototype', () => {
    const property = { value: 'x', configurable: true, enumerable: true, writable: true }
    Object.defineProperty(Object.prototype, 'statusText', property)
    try {
      const { status, statusText } = buildResponse('text', 401, [])
      expect([status, statusText]).toEqual([401, ''])
    } finally {
      Reflect.deleteProperty(Object.prototype, 'statusText')
    }
  })

  it('has no body for null', () => {
    const response = buildResponse(null, 204, [])
    expect([response.status, response.body]).toEqual([204, null])
  })
})

describe('buildResponseFor()', () => {
  const HEADERS = [['Content-Type', 'application/json']] as const
  const answerTo = (request: Request | undefined) =>
    buildResponseFor(request, '{"ü":1}', 404, HEADERS)

  it.each([undefined, 'GET', 'POST'])('has its body for %s', async (method) => {
    const request = method === undefined ? undefined : new Request('https://rs.example', { method })
    const response = answerTo(request)
    expect([response.status, await response.text()]).toEqual([404, '{"ü":1}'])
    expect(Object.fromEntries(response.headers)).toEqual({ 'content-type': 'application/json' })
  })

  it('has no body for HEAD, but its Content-Length', () => {
    const response = answerTo(new Request('https://rs.example', { method: 'HEAD' }))
    expect([response.status, response.body]).toEqual([404, null])
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-type': 'application/json',
      'content-length': '8',
    })
  })
})
