import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { choosePath, createPathChoices } from '../../src/http/resource-path.ts'

function choicesOf(...paths: string[]) {
  return createPathChoices(
    paths.map((path) => ({ url: new URL(path, 'https://rs.example'), value: path })),
  )
}

const NOTES = choicesOf('/notes', '/notes/admin', '/mail/')

describe('choosePath()', () => {
  it.each([
    ['/notes', '/notes'],
    ['/notes/', '/notes'],
    ['/notes/1', '/notes'],
    ['/notes/admin', '/notes/admin'],
    ['/notes/admin/x', '/notes/admin'],
    ['/notes/administrator', '/notes'],
    ['/mail/', '/mail/'],
    ['/mail/x', '/mail/'],
    ['/notes/a%20b', '/notes'],
    ['/n%6ftes', undefined],
    ['/mail', undefined],
    ['/note', undefined],
    ['/notes2', undefined],
    ['/NOTES', undefined],
    ['/', undefined],
    ['', undefined],
    ['//notes', undefined],
  ])('%s belongs to %s', (pathname, resource) => {
    expect(choosePath(pathname, NOTES)).toBe(resource)
  })

  it.each([
    '/notes%2Fadmin',
    '/notes/%61dmin',
    '/notes/x%2F..%2Fadmin',
    '/notes/%2e%2e%2fmail%2f',
    '/notes/%',
  ])('refuses %s, which a router behind us could take for something else', (pathname) => {
    expect(choosePath(pathname, NOTES)).toBeUndefined()
  })

  it('takes everything where the resource is the whole host', () => {
    for (const pathname of ['/', '/x', '/x/y']) {
      expect(choosePath(pathname, choicesOf('/'))).toBe('/')
    }
  })

  it('chooses by length, whatever the order', () => {
    expect(choosePath('/a/b/c', choicesOf('/', '/a', '/a/b'))).toBe('/a/b')
    expect(choosePath('/a/b/c', choicesOf('/a/b', '/a', '/'))).toBe('/a/b')
  })

  it('chooses a path that was configured with escapes, by the same spelling', () => {
    expect(choosePath('/%41dmin/x', choicesOf('/%41dmin'))).toBe('/%41dmin')
    expect(choosePath('/Admin', choicesOf('/%41dmin'))).toBeUndefined()
  })

  it('is not disturbed by a configured path that cannot be decoded', () => {
    expect(choosePath('/b', choicesOf('/a%zz', '/b'))).toBe('/b')
    expect(choosePath('/a%zz', choicesOf('/a%zz', '/b'))).toBeUndefined()
  })

  it('only ever chooses a path that the request lies under, literally and decoded', () => {
    const segment = fc.constantFrom(
      'notes',
      'admin',
      '..',
      '.',
      'mail',
      '%2F',
      '%2e%2e',
      '%61dmin',
      '',
    )
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 5 }), (segments) => {
        const { pathname } = new URL(`https://rs.example/${segments.join('/')}`)
        const chosen = choosePath(pathname, NOTES)
        if (chosen === undefined) return
        const decoded = new URL(`https://rs.example${decodeURIComponent(pathname)}`).pathname
        const base = chosen.replace(/\/$/, '')
        for (const path of [pathname, decoded]) {
          expect(path === base || path.startsWith(`${base}/`)).toBe(true)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
