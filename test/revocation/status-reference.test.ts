/** The reference of a token to its status list. */

import { describe, expect, it } from 'vitest'
import { readStatusReference } from '../../src/revocation/status-reference.ts'

const URI = 'https://as.example/list'

function read(status: unknown, allowHttp = false) {
  return readStatusReference({ status }, allowHttp)
}

describe('readStatusReference()', () => {
  it('gives the list of a token and its place in it', () => {
    for (const idx of [0, 5, -1, 2 ** 40]) {
      expect(read({ status_list: { idx, uri: URI } })).toEqual({ index: idx, uri: URI })
    }
    expect(read({ status_list: { idx: 0, uri: 'http://as.example' } }, true)).toEqual({
      index: 0,
      uri: 'http://as.example',
    })
  })

  it('reads a token without a status as none', () => {
    expect([readStatusReference({}, false), read(undefined), read(null)]).toEqual([
      'none',
      'none',
      'none',
    ])
  })

  it('accepts a URI of 2,048 characters, and none that is longer', () => {
    const ofLength = (length: number) => `${URI}/`.padEnd(length, 'x')
    expect(read({ status_list: { idx: 0, uri: ofLength(2048) } })).toEqual({
      index: 0,
      uri: ofLength(2048),
    })
    expect(read({ status_list: { idx: 0, uri: ofLength(2049) } })).toBe('malformed')
  })

  it.each([
    ['a text', 'x'],
    ['a list', []],
    ['no status_list', {}],
    ['a status_list that is a text', { status_list: 'x' }],
    ['an inherited status_list', Object.create({ status_list: { idx: 0, uri: URI } })],
    ['an index that is a text', { status_list: { idx: '0', uri: URI } }],
    ['an index that is a fraction', { status_list: { idx: 0.5, uri: URI } }],
    ['no index', { status_list: { uri: URI } }],
    ['no URI', { status_list: { idx: 0 } }],
    ['a URI that is a number', { status_list: { idx: 0, uri: 5 } }],
    ['a URI without TLS', { status_list: { idx: 0, uri: 'http://as.example' } }],
    ['a relative URI', { status_list: { idx: 0, uri: '/list' } }],
  ])('reads %s as malformed', (_, status) => {
    expect(read(status)).toBe('malformed')
  })
})
