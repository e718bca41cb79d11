import { describe, expect, it } from 'vitest'
import { buildResponse } from '../../src/http/response.ts'

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

  it('has no body for null', () => {
    const response = buildResponse(null, 204, [])
    expect([response.status, response.body]).toEqual([204, null])
  })
})
