import { describe, expect, it } from 'vitest'
import { isHopByHop, namesInConnection } from '../../src/http/hop-by-hop.ts'

describe('isHopByHop()', () => {
  // RFC 9110 §7.6.1, §11.7, RFC 9113 §8.2.2, and their predecessors.
  it.each([
    'connection',
    'http2-settings',
    'keep-alive',
    'proxy-authenticate',
    'proxy-authentication-info',
    'proxy-authorization',
    'proxy-connection',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
  ])('is true for %s', (name) => {
    expect(isHopByHop(name)).toBe(true)
  })

  it.each(['', 'via', 'host', 'authorization', 'www-authenticate', 'constructor', 'x-te'])(
    'is false for %j',
    (name) => {
      expect(isHopByHop(name)).toBe(false)
    },
  )
})

describe('namesInConnection()', () => {
  it.each<[string | null, string[]]>([
    [null, []],
    ['close', ['close']],
    ['Keep-Alive, X-Trace ,,\tTE', ['keep-alive', 'x-trace', 'te']],
  ])('of %j', (value, names) => {
    expect(namesInConnection(value)).toEqual(names)
  })
})
