import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLoopback, isSecureTransport, isWellWritten, parseUrl } from '../../src/lib/safe-url.ts'

describe('parseUrl()', () => {
  it('returns undefined for a text that is not a URL, and never throws', () => {
    for (const text of ['', 'mcp', '//x', 'https://', 'https://a b']) {
      expect(parseUrl(text)).toBeUndefined()
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseUrl(text) !== undefined).toBe(URL.canParse(text))
      }),
    )
  })
})

describe('isWellWritten()', () => {
  it.each([
    'https://x',
    'HTTPS://X:8443/a%2Fb?c=%E2%82%AC#d',
    'my+app.v1-x://h/',
    'https://[::1]/a',
  ])('%s is well written', (text) => {
    expect(isWellWritten(text)).toBe(true)
  })

  it.each([
    ...['https:x', 'https:/x', 'https:///x', 'https:////x', '1https://x', 'x', '//x'],
    ...[
      'https://x/a b',
      'https://x/\u00e9',
      'https://x\\a',
      'https://x/{a}',
      'https://x/"',
      'https://x\n',
    ],
    ...['https://x/%', 'https://x/%a', 'https://x/%ag', 'https://x/%%41', 'https://x/%41?%4'],
  ])('%j is not', (text) => {
    expect(isWellWritten(text)).toBe(false)
  })
})

describe('isLoopback()', () => {
  it.each([
    'http://localhost',
    'http://LOCALHOST:3000/x',
    'http://app.localhost',
    'http://127.0.0.1',
    'http://127.255.0.9',
    'http://127.1',
    'http://0x7f.0.0.1',
    'http://[::1]:8080',
    'http://[0:0:0:0:0:0:0:1]',
  ])('%s is this machine', (url) => {
    expect(isLoopback(new URL(url))).toBe(true)
  })

  it.each([
    'http://localhost.evil.example',
    'http://notlocalhost',
    'http://127.0.0.1.evil.example',
    'http://127.0.0.1@evil.example',
    'http://128.0.0.1',
    'http://0.0.0.0',
    'http://10.0.0.1',
    'http://169.254.169.254',
    'http://[::]',
    'http://[::2]',
    'http://evil.example/localhost',
  ])('%s is not', (url) => {
    expect(isLoopback(new URL(url))).toBe(false)
  })
})

describe('isSecureTransport()', () => {
  it.each([
    ['https://x.example', false, true],
    ['http://x.example', false, false],
    ['http://x.example', true, true],
    ['http://localhost', false, true],
    ['ws://localhost', true, false],
    ['ftp://x.example', true, false],
    ['file:///etc/passwd', true, false],
    ['data:text/plain,x', true, false],
  ])('%s, http allowed: %s: %s', (url, allowHttp, isSecure) => {
    expect(isSecureTransport(new URL(url), allowHttp)).toBe(isSecure)
  })
})
