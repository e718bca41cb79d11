import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  distinctPaths,
  hasOneReading,
  isParsedForm,
  lenientReadingsOf,
  parseTarget,
  readingsOf,
} from '../../src/http/request-target.ts'

const PARSED = [
  '/notes',
  '/',
  '/notes/',
  '//notes',
  '/notes//x',
  '/notes?',
  '/notes?a=b&c=%20',
  "/notes/a~b!c$d&e'f(g)h*i+j,k=l:m@n;o",
  '/notes/100%25',
  '/notes/a%20b/caf%C3%A9',
  '/notes/%2561/%ff/%',
  '/notes?x=/../y',
  '/notes/...',
  '/notes/.well-known/x',
]

const UNPARSED = [
  '',
  '?x',
  '/notes/..',
  '/notes/.',
  '/notes/./x',
  '/notes/%2e%2E',
  '/notes/.%2e/x',
  '/notes\\x',
  '/notes/a b',
  '/notes/\tx',
  '/notes\n',
  '/notes#x',
  '/notes?#',
  '/notes?x#',
  '/notes?x\\"',
  '/notes/é',
  '/notes?é',
  '/notes/"<>`{}',
  "/notes?'",
]

describe('isParsedForm()', () => {
  it.each(PARSED)('accepts %j on every host', (target) => {
    const hosts = [
      'https://rs.example',
      'http://127.0.0.1:8080',
      'http://[::1]',
      'HTTP://RS.EXAMPLE',
    ]
    for (const host of [...hosts, 'http://a--b.example', 'http://rs.example:80']) {
      expect(isParsedForm(host + target), host).toBe(true)
    }
  })

  it.each(UNPARSED)('rejects %j', (target) => {
    for (const host of ['https://rs.example', 'http://127.0.0.1:8080']) {
      expect(isParsedForm(host + target), host).toBe(false)
    }
  })

  it.each([
    'http://x\\notes/payroll',
    'http://x\\/payroll',
    'http://x?y/payroll',
    'http://x#y/payroll',
    'http://user@x/payroll',
    'http://user:secret@x/payroll',
    'http://@x/payroll',
    'http:///notes/payroll',
    'http:/notes/payroll',
    'http:notes',
    'http://x:99999/payroll',
    'http://x:999999/payroll',
    'http://[::1/payroll',
    'http://x y/payroll',
    'http://1.2.3.4.5/payroll',
    'ftp://rs.example/payroll',
    'javascript://rs.example/payroll',
    'rs.example:443',
    '/payroll',
    'payroll',
    '*',
    '',
    ' http://rs.example/payroll',
    'http://rs.example/payroll ',
  ])('rejects %j', (url) => {
    expect(isParsedForm(url)).toBe(false)
    expect(parseTarget(url)).toBeUndefined()
    expect(hasOneReading(url)).toBe(false)
  })

  it('agrees with the URL parser', () => {
    const part = fc.constantFrom(
      ...['/', '..', '.', '%2e', '%2F', '%5C', '\\', '?', '#', 'a', 'B', '~', '-', '_', '=', '&'],
      ...['%', '%zz', ' ', '\t', 'é', ';', '//', "'", '"', '{', '@', ':'],
    )
    const hosts = fc.constantFrom('a.example', 'a-b', 'a--b', 'localhost:80', 'a:65536', '1.2', 'A')
    fc.assert(
      fc.property(hosts, fc.array(part, { maxLength: 8 }), (host, parts) => {
        const url = `http://${host}/${parts.join('')}`
        const parsed = URL.canParse(url) ? new URL(url) : undefined
        const isSame =
          parsed !== undefined &&
          parsed.hash === '' &&
          !url.includes('#') &&
          parsed.href.slice(parsed.origin.length) === url.slice(`http://${host}`.length)
        expect(isParsedForm(url)).toBe(isSame)
        expect(parseTarget(url)?.href).toBe(isSame ? parsed?.href : undefined)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('hasOneReading()', () => {
  it.each([
    '/notes',
    '/notes/',
    '/Notes/A.b?c=%20//',
    '/notes/100%',
    '/notes/%zz/%ff',
    '/notes/%c0%80',
    '/notes/%ed%a0%80',
    '/notes/%f4%90%80%80',
    '/notes/A:b@c',
  ])('is true for %s', (target) => {
    expect(hasOneReading(`https://rs.example${target}`)).toBe(true)
  })

  it.each([
    '/notes/%61',
    '/notes/a%20b',
    '/notes/a%2Fb',
    '/notes/100%25',
    '/notes/%61%ff',
    '/notes/%ff%C3%A9',
    '/notes/%E2%82%AC',
    '/notes/%f0%9f%98%80',
    '/notes//x',
    '//notes',
    '/notes/a;b',
    '/notes/a%3Bb',
    '/notes/..',
  ])('is false for %s', (target) => {
    expect(hasOneReading(`https://rs.example${target}`)).toBe(false)
    expect(hasOneReading(`https://127.0.0.1${target}`)).toBe(false)
  })
})

describe('distinctPaths()', () => {
  it.each([
    ['/notes', ['/notes']],
    ['/Notes/a.b', ['/Notes/a.b']],
    ['/notes/a%20b', ['/notes/a%20b']],
    ['/notes/caf%C3%A9', ['/notes/caf%C3%A9']],
    ['/notes/100%25', ['/notes/100%25', '/notes/100%']],
    ['/notes/%61', ['/notes/%61', '/notes/a']],
    ['/notes/%2561', ['/notes/%2561', '/notes/%61', '/notes/a']],
    ['/notes/a%2Fb', ['/notes/a%2Fb', '/notes/a/b']],
    ['/notes/%61%2Fb', ['/notes/%61%2Fb', '/notes/a/b', '/notes/a%2Fb']],
    ['/notes/a%5Cb', ['/notes/a%5Cb', '/notes/a/b']],
    ['/notes/a%3Fb%23', ['/notes/a%3Fb%23', '/notes/a']],
    ['/notes/a;b/c', ['/notes/a;b/c', '/notes/a/c']],
    ['/notes//a', ['/notes//a', '/notes/a']],
    ['/notes//a;b', ['/notes//a;b', '/notes/a;b', '/notes/a']],
    ['/notes/a%2F...', ['/notes/a%2F...', '/notes/a/...']],
    ['/notes/a%2F.b', ['/notes/a%2F.b', '/notes/a/.b']],
    ['/notes/%61%ff', ['/notes/%61%ff', '/notes/a%ff']],
  ])('of %s are %j', (pathname, paths) => {
    expect(distinctPaths(pathname)).toEqual(paths)
  })

  it.each(['/notes/x%2F..%2Fy', '/notes/..%5C', '/notes/%252e%252e', '/a/%2E%2e%2fb', '/a/.%2Fb'])(
    'of %s cannot all be shown in a URL',
    (pathname) => {
      expect(distinctPaths(pathname)).toBeUndefined()
    },
  )
})

describe('readingsOf()', () => {
  // As it stands, decoded once, twice and but for delimiters; each plain, resolved, and as a URL has it.
  it.each([
    ['/a', ['/a', '/a', '/a', '/a', '/a', '/a', '/a', '/a', '/a', '/a', '/a', '/a']],
    [
      '/%252e%252e/b',
      [
        '/%252e%252e/b',
        '/%252e%252e/b',
        '/%252e%252e/b',
        '/%2e%2e/b',
        '/b',
        '/b',
        '/../b',
        '/b',
        '/b',
        '/%252e%252e/b',
        '/%252e%252e/b',
        '/%252e%252e/b',
      ],
    ],
    [
      '/a/..%5Cb/%2E',
      [
        '/a/..%5Cb/%2E',
        '/a/..%5Cb/',
        '/a/..%5Cb/',
        '/a/..\\b/.',
        '/b/',
        '/b/',
        '/a/..\\b/.',
        '/b/',
        '/b/',
        '/a/..\\b/.',
        '/b/',
        '/b/',
      ],
    ],
    [
      '/x%2F..%2F..%2F..%2Fy',
      [
        '/x%2F..%2F..%2F..%2Fy',
        '/x%2F..%2F..%2F..%2Fy',
        '/x%2F..%2F..%2F..%2Fy',
        '/x/../../../y',
        '/y',
        '/y',
        '/x/../../../y',
        '/y',
        '/y',
        '/x%2F..%2F..%2F..%2Fy',
        '/x%2F..%2F..%2F..%2Fy',
        '/x%2F..%2F..%2F..%2Fy',
      ],
    ],
    [
      '/a%3Fb/..%2Fc%23',
      [
        '/a%3Fb/..%2Fc%23',
        '/a%3Fb/..%2Fc%23',
        '/a%3Fb/..%2Fc%23',
        '/a?b/../c#',
        '/c#',
        '/a',
        '/a?b/../c#',
        '/c#',
        '/a',
        '/a%3Fb/..%2Fc%23',
        '/a%3Fb/..%2Fc%23',
        '/a%3Fb/..%2Fc%23',
      ],
    ],
    [
      '/%61%5c%2F%2F.%2E%2F',
      [
        '/%61%5c%2F%2F.%2E%2F',
        '/%61%5c%2F%2F.%2E%2F',
        '/%61%5c%2F%2F.%2E%2F',
        '/a\\//../',
        '/a//',
        '/a//',
        '/a\\//../',
        '/a//',
        '/a//',
        '/a\\%2F%2F..%2F',
        '/a/%2F%2F..%2F',
        '/a/%2F%2F..%2F',
      ],
    ],
    [
      '/a/b%2F%2e.',
      [
        '/a/b%2F%2e.',
        '/a/b%2F%2e.',
        '/a/b%2F%2e.',
        '/a/b/..',
        '/a/',
        '/a/',
        '/a/b/..',
        '/a/',
        '/a/',
        '/a/b%2F..',
        '/a/b%2F..',
        '/a/b%2F..',
      ],
    ],
    [
      '/%23%24%26%2b%2C%3a%3B%3d%3f%40%25',
      [
        '/%23%24%26%2b%2C%3a%3B%3d%3f%40%25',
        '/%23%24%26%2b%2C%3a%3B%3d%3f%40%25',
        '/%23%24%26%2b%2C%3a%3B%3d%3f%40%25',
        '/#$&+,:;=?@%',
        '/#$&+,:;=?@%',
        '/',
        '/#$&+,:;=?@%',
        '/#$&+,:;=?@%',
        '/',
        '/%23%24%26%2b%2C%3a%3B%3d%3f%40%25',
        '/%23%24%26%2b%2C%3a%3B%3d%3f%40%25',
        '/%23%24%26%2b%2C%3a%3B%3d%3f%40%25',
      ],
    ],
    [
      '/a%20%09b',
      [
        '/a%20%09b',
        '/a%20%09b',
        '/a%20%09b',
        '/a \tb',
        '/a \tb',
        '/a%20b',
        '/a \tb',
        '/a \tb',
        '/a%20b',
        '/a \tb',
        '/a \tb',
        '/a%20b',
      ],
    ],
    [
      '/a/%252E%252e%2Fb%2F.',
      [
        '/a/%252E%252e%2Fb%2F.',
        '/a/%252E%252e%2Fb%2F.',
        '/a/%252E%252e%2Fb%2F.',
        '/a/%2E%2e/b/.',
        '/b/',
        '/b/',
        '/a/../b/.',
        '/b/',
        '/b/',
        '/a/%252E%252e%2Fb%2F.',
        '/a/%252E%252e%2Fb%2F.',
        '/a/%252E%252e%2Fb%2F.',
      ],
    ],
    [
      '/a%2Fx.%2F..x%2F...%2Fb',
      [
        '/a%2Fx.%2F..x%2F...%2Fb',
        '/a%2Fx.%2F..x%2F...%2Fb',
        '/a%2Fx.%2F..x%2F...%2Fb',
        '/a/x./..x/.../b',
        '/a/x./..x/.../b',
        '/a/x./..x/.../b',
        '/a/x./..x/.../b',
        '/a/x./..x/.../b',
        '/a/x./..x/.../b',
        '/a%2Fx.%2F..x%2F...%2Fb',
        '/a%2Fx.%2F..x%2F...%2Fb',
        '/a%2Fx.%2F..x%2F...%2Fb',
      ],
    ],
    [
      '/a.%2F...%2F..%2Fb',
      [
        '/a.%2F...%2F..%2Fb',
        '/a.%2F...%2F..%2Fb',
        '/a.%2F...%2F..%2Fb',
        '/a./.../../b',
        '/a./b',
        '/a./b',
        '/a./.../../b',
        '/a./b',
        '/a./b',
        '/a.%2F...%2F..%2Fb',
        '/a.%2F...%2F..%2Fb',
        '/a.%2F...%2F..%2Fb',
      ],
    ],
  ])('of %s', (pathname, texts) => {
    expect(readingsOf(pathname)).toEqual(texts)
  })
})

describe('lenientReadingsOf()', () => {
  // Each decoding with slashes merged, with nothing but names of segments; both plain and resolved.
  it.each([
    [
      '/A',
      [
        '/A',
        '/a',
        '/A',
        '/a',
        '/A',
        '/a',
        '/A',
        '/a',
        '/A',
        '/a',
        '/A',
        '/a',
        '/A',
        '/a',
        '/A',
        '/a',
      ],
    ],
    [
      '/a%2F%2F..%2Fb',
      [
        '/a%2F%2F..%2Fb',
        '/a%2f%2f..%2fb',
        '/a%2F%2F..%2Fb',
        '/a%2f%2f..%2fb',
        '/a/../b',
        '/a/../b',
        '/b',
        '/b',
        '/a/../b',
        '/a/../b',
        '/b',
        '/b',
        '/a%2F%2F..%2Fb',
        '/a%2f%2f..%2fb',
        '/a%2F%2F..%2Fb',
        '/a%2f%2f..%2fb',
      ],
    ],
    [
      '/A%20%09b%20c;c/d;e%2F%2Ff%23g%3Fh',
      [
        '/A%20%09b%20c;c/d;e%2F%2Ff%23g%3Fh',
        '/a%20%09b%20c/d',
        '/A%20%09b%20c;c/d;e%2F%2Ff%23g%3Fh',
        '/a%20%09b%20c/d',
        '/A \tb c;c/d;e/f#g?h',
        '/abc/d/f',
        '/A \tb c;c/d;e/f#g?h',
        '/abc/d/f',
        '/A \tb c;c/d;e/f#g?h',
        '/abc/d/f',
        '/A \tb c;c/d;e/f#g?h',
        '/abc/d/f',
        '/A \tb c;c/d;e%2F%2Ff%23g%3Fh',
        '/abc/d',
        '/A \tb c;c/d;e%2F%2Ff%23g%3Fh',
        '/abc/d',
      ],
    ],
    [
      '/x/..;/%2e%2E;y/z',
      [
        '/x/..;/%2e%2E;y/z',
        '/x/../%2e%2e/z',
        '/x/..;/%2e%2E;y/z',
        '/z',
        '/x/..;/..;y/z',
        '/x/../../z',
        '/x/..;/..;y/z',
        '/z',
        '/x/..;/..;y/z',
        '/x/../../z',
        '/x/..;/..;y/z',
        '/z',
        '/x/..;/..;y/z',
        '/x/../../z',
        '/x/..;/..;y/z',
        '/z',
      ],
    ],
    [
      '/a%5c%5C..',
      [
        '/a%5c%5C..',
        '/a%5c%5c..',
        '/a%5c%5C..',
        '/a%5c%5c..',
        '/a/..',
        '/a/..',
        '/',
        '/',
        '/a/..',
        '/a/..',
        '/',
        '/',
        '/a/..',
        '/a/..',
        '/',
        '/',
      ],
    ],
  ])('of %s', (pathname, texts) => {
    expect(lenientReadingsOf(pathname)).toEqual(texts)
  })
})
