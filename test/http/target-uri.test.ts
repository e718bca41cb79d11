import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTargetUri, normalizeTargetUri } from '../../src/http/target-uri.ts'

describe('normalizeTargetUri()', () => {
  it.each([
    ['HTTPS://RS.Example:443/mcp', 'https://rs.example/mcp'],
    ['http://rs.example:80', 'http://rs.example/'],
    ['http://rs.example:443/', 'http://rs.example:443/'],
    ['https://rs.example', 'https://rs.example/'],
    ['https://rs.example?x#y', 'https://rs.example/'],
    ['https://rs.example/a/../b/./c', 'https://rs.example/b/c'],
    ['https://rs.example/%7euser', 'https://rs.example/~user'],
    ['https://rs.example/a%2fb', 'https://rs.example/a%2Fb'],
    ['https://rs.example/%e4', 'https://rs.example/%E4'],
    ['https://rs.example/%2e%2E/mcp', 'https://rs.example/mcp'],
    ['https://rs.example/100%', 'https://rs.example/100%'],
    ['https://[2001:DB8::1]:443/mcp', 'https://[2001:db8::1]/mcp'],
    ['https://rs.example//mcp/', 'https://rs.example//mcp/'],
    ['https://rs.example/a@b', 'https://rs.example/a@b'],
  ])('writes %s as %s', (uri, normal) => {
    expect(normalizeTargetUri(uri)).toBe(normal)
  })

  it.each([
    '',
    '/mcp',
    'rs.example/mcp',
    'ftp://rs.example/mcp',
    'https:rs.example',
    'https:/rs.example',
    'https:///rs.example',
    'https://',
    'https://user@rs.example/',
    'https://@rs.example/',
    'https://rs.example\\mcp',
    'https:\\\\rs.example',
    ' https://rs.example/',
    'https://rs.example/ ',
    'https://rs.example/a b',
    'https://rs.example/\n',
    'https://rs.exämple/',
    'https://rs.example/ä',
    'xhttps://rs.example/',
    'x https://rs.example/',
    'https://rs.example/a\\b',
    'https://rs.example?a\\b',
    'https://rs.example:99999/',
  ])('has none for %j', (uri) => {
    expect(normalizeTargetUri(uri)).toBeUndefined()
  })

  it('is idempotent', () => {
    fc.assert(
      fc.property(uris(), (uri) => {
        const once = normalizeTargetUri(uri)
        if (once !== undefined) expect(normalizeTargetUri(once)).toBe(once)
      }),
    )
  })

  it('does not depend on query, fragment, default port or the case of scheme and host', () => {
    fc.assert(
      fc.property(paths(), fc.webQueryParameters(), fc.webFragments(), (path, query, fragment) => {
        const plain = normalizeTargetUri(`https://rs.example${path}`)
        for (const uri of [
          `HTTPS://RS.EXAMPLE${path}`,
          `https://rs.example:443${path}`,
          `https://rs.example${path}?${query}`,
          `https://rs.example${path}#${fragment}`,
        ]) {
          expect(normalizeTargetUri(uri)).toBe(plain)
        }
      }),
    )
  })

  it('does not depend on escapes of unreserved characters', () => {
    const unreserved = fc.constantFrom(...'abcXYZ059-._~')
    fc.assert(
      fc.property(fc.array(fc.tuple(unreserved, fc.nat(2)), { minLength: 1 }), (written) => {
        const plain = written.map(([character]) => character).join('')
        const escaped = written.map(([character, way]) => {
          const hex = character.charCodeAt(0).toString(16)
          return [character, `%${hex}`, `%${hex.toUpperCase()}`][way]
        })
        expect(normalizeTargetUri(`https://rs.example/x${escaped.join('')}`)).toBe(
          normalizeTargetUri(`https://rs.example/x${plain}`),
        )
      }),
    )
  })

  it('distinguishes host, port, scheme and segments', () => {
    fc.assert(
      fc.property(paths(), (path) => {
        const all = [
          `https://rs.example${path}`,
          `http://rs.example${path}`,
          `https://rs.example:8443${path}`,
          `https://other.example${path}`,
          `https://rs.example${path}/more`,
        ].map(normalizeTargetUri)
        expect(new Set(all).size).toBe(all.length)
      }),
    )
  })

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void normalizeTargetUri(text)))
    fc.assert(fc.property(fc.string(), (text) => void normalizeTargetUri(`https://${text}`)))
  })
})

describe('createTargetUri()', () => {
  const target = createTargetUri(new URL('https://rs.example/mcp?tenant=1'))

  it.each([
    ['https://rs.example/mcp', 'https://rs.example/mcp'],
    ['https://rs.example/mcp?x=1', 'https://rs.example/mcp'],
    ['http://127.0.0.1:3000/mcp', 'https://rs.example/mcp'],
    ['http://127.0.0.1:3000/mcp/', 'https://rs.example/mcp/'],
    ['http://127.0.0.1:3000/mcp/a/b?c', 'https://rs.example/mcp/a/b'],
    ['http://127.0.0.1:3000/mcp/%7ea', 'https://rs.example/mcp/~a'],
    ['http://127.0.0.1:3000/', 'https://rs.example/mcp'],
    ['http://127.0.0.1:3000/mcpx', 'https://rs.example/mcp'],
    ['http://127.0.0.1:3000/internal/mcp', 'https://rs.example/mcp'],
    ['nonsense', 'https://rs.example/mcp'],
  ])('expects, for %s, %s', (request, expected) => {
    expect(target(request)).toBe(expected)
  })

  it('has no query for a first request to the resource identifier itself', () => {
    const identifier = 'https://rs.example/mcp?tenant=1'
    const first = createTargetUri(new URL(identifier))
    expect([first(identifier), first(identifier)]).toEqual([
      'https://rs.example/mcp',
      'https://rs.example/mcp',
    ])
  })

  it('uses the path of the request for a resource of the whole host', () => {
    const whole = createTargetUri(new URL('https://rs.example'))
    expect(whole('http://127.0.0.1/a/b')).toBe('https://rs.example/a/b')
    expect(whole('http://127.0.0.1')).toBe('https://rs.example/')
  })

  it('keeps the configured port', () => {
    const local = createTargetUri(new URL('http://127.0.0.1:8787/mcp'))
    expect(local('http://127.0.0.1/mcp')).toBe('http://127.0.0.1:8787/mcp')
  })

  it('gives each of several URLs its own, in any order', () => {
    const urls = [
      'https://rs.example/mcp',
      'https://rs.example/mcp/a',
      'https://rs.example/mcp/b?c',
    ]
    for (const url of [...urls, ...urls, ...urls.toReversed()]) {
      expect(target(url)).toBe(url.replace('?c', ''))
    }
  })

  it('returns a normalised URI of the configured origin', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true }), (request) => {
        const expected = target(request)
        expect(normalizeTargetUri(expected)).toBe(expected)
        expect(expected.startsWith('https://rs.example/mcp')).toBe(true)
      }),
    )
  })
})

function paths(): fc.Arbitrary<string> {
  return fc.webPath().map((path) => (path.startsWith('/') ? path : `/${path}`))
}

function uris(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
    fc.string().map((text) => `https://rs.example/${text}`),
    fc.stringMatching(/^https:\/\/rs\.example(\/(%[0-9a-fA-F]{2}|\.|\.\.|[a-z]))*$/),
  )
}
