import { describe, expect, it } from 'vitest'
import { type AheadReader, BODY_READER, bodyReaderOf } from '../../src/http/body-reader.ts'

const URL = 'https://rs.example/mcp'

describe('bodyReaderOf()', () => {
  it('gives the reader of a host, whose function is called on the request', () => {
    const reader = {} as AheadReader
    const request = new Request(URL)
    const open = function (this: unknown): AheadReader | undefined {
      return this === request ? reader : undefined
    }
    Object.assign(request, { [BODY_READER]: open })
    expect(bodyReaderOf(request)).toBe(reader)
  })

  it('gives none of a host without it', () => {
    expect(bodyReaderOf(new Request(URL, { method: 'POST', body: '{}' }))).toBeUndefined()
  })

  it('has a key that other copies of the package know', () => {
    expect(Symbol.keyFor(BODY_READER)).toBe('mcp-gatehouse.bodyReader')
  })
})
