import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { choosePath, createPathChoices, isSamePath } from '../../src/http/resource-path.ts'

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
    ['/mail', undefined],
    ['/note', undefined],
    ['/notes2', undefined],
    ['/NOTES', undefined],
    ['/', undefined],
    ['', undefined],
    ['//notes', undefined],
    ['/notes/100%25', '/notes'],
    ['/notes/100%2525', '/notes'],
    ['/notes/caf%C3%A9', '/notes'],
    ['/notes/a%2Fb', '/notes'],
    ['/notes/a//b', '/notes'],
    ['/notes/a;v=1/b', '/notes'],
    ['/notes/A%20B', '/notes'],
    ['/notes/Ab', '/notes'],
    ['/notes/%', '/notes'],
    ['/notes/%zz/%ff', '/notes'],
    ['/notes/a%2F..%2Fb', '/notes'],
    ['/notes/...', '/notes'],
    ['/notes/.well-known', '/notes'],
    ['/notes/x.json', '/notes'],
    ['/notes/admin/x.json', '/notes/admin'],
    ['/notes.json', undefined],
  ])('%s belongs to %s', (pathname, resource) => {
    expect(choosePath(pathname, NOTES)).toEqual({ value: resource, isAmbiguous: false })
  })

  it.each([
    ['decoded', '/notes%2Fadmin', '/notes/admin'],
    ['decoded', '/n%6ftes', '/notes'],
    ['decoded', '/notes/%61dmin', '/notes'],
    ['decoded', '/notes/admin%2Fx', '/notes'],
    ['decoded beside what cannot be', '/notes/%61dmin/%ff', '/notes'],
    ['decoded beside what cannot be', '/notes/%61dmin%ff%2F..%2F%61dmin', '/notes'],
    ['decoded, though it leads back', '/notes/%61dmin/..%2f', '/notes'],
    ['decoded, though it leads back', '/notes/%61dmin/..%2fx', '/notes'],
    ['decoded twice', '/notes/%2561dmin', '/notes'],
    ['decoded twice', '/notes/x/%252e%252e%252fadmin', '/notes'],
    ['resolved', '/notes/x%2F..%2Fadmin', '/notes'],
    ['resolved', '/notes/%2e%2e%2fmail%2f', '/notes'],
    ['resolved once it is decoded', '/notes/admin/%252e%252e', '/notes/admin'],
    ['resolved once it is decoded', '/notes/admin/..%2F', '/notes/admin'],
    ['resolved after the question mark', '/notes/x%3F%2F..%2Fadmin', '/notes'],
    ['ended by a question mark', '/notes/admin%3Fx', '/notes'],
    ['ended by a number sign', '/notes/admin%23x', '/notes'],
    ['without white space', '/notes/ad%09min', '/notes'],
    ['without white space at its end', '/notes/admin%20', '/notes'],
    ['with backslashes for slashes', '/notes/admin%5Cx', '/notes'],
    ['with backslashes for slashes', '/notes%5Cadmin', '/notes/admin'],
    ['with backslashes, escapes of slashes left', '/notes/x%5C..%5Cadmin/..%2Fy', '/notes'],
    ['whatever the case', '/notes/ADMIN', '/notes'],
    ['whatever the case', '/notes/%41dmin', '/notes'],
    ['without doubled slashes', '/notes//admin', '/notes'],
    ['without doubled slashes, resolved', '/notes/x/%2F..%2Fadmin', '/notes'],
    ['up to a semicolon', '/notes/admin;v=1', '/notes'],
    ['without an extension', '/notes/admin.json', '/notes'],
    ['without an extension', '/notes/admin./x', '/notes'],
    ['without an extension, whatever the case', '/notes/Admin.x', '/notes'],
    ['without an extension, decoded', '/notes/admin%2Ejson', '/notes'],
    ['without an extension, beside an escape', '/notes/admin.x/a%20b', '/notes'],
    ['up to a semicolon, resolved', '/notes/x/..;/admin', '/notes'],
    ['up to a semicolon, resolved to what is nothing', '/notes/..;/x', '/notes'],
  ])('is ambiguous if a router reads it %s: %s', (_how, pathname, resource) => {
    expect(choosePath(pathname, NOTES)).toEqual({ value: resource, isAmbiguous: true })
  })

  it('chooses a resource of the whole host for every path', () => {
    for (const pathname of ['/', '/x', '/x/y']) {
      expect(choosePath(pathname, choicesOf('/')).value).toBe('/')
    }
  })

  it('chooses none if only a lenient router finds one', () => {
    for (const pathname of ['/NOTES', '//notes', '/notes;v=1', '/Mail/']) {
      expect(choosePath(pathname, NOTES)).toEqual({ value: undefined, isAmbiguous: false })
      const { isAmbiguous } = choosePath(pathname, choicesOf('/', '/notes', '/mail/'))
      expect(isAmbiguous, pathname).toBe(true)
    }
  })

  it('distinguishes resources that differ only in case', () => {
    const choices = choicesOf('/Notes', '/notes', '/notes/A')
    for (const path of ['/Notes', '/notes', '/notes/A']) {
      expect(choosePath(`${path}/x`, choices)).toEqual({ value: path, isAmbiguous: false })
    }
    expect(choosePath('/notes/a', choices)).toEqual({ value: '/notes', isAmbiguous: true })
    expect(choosePath('/NOTES', choices)).toEqual({ value: undefined, isAmbiguous: false })
  })

  it('distinguishes resources that differ only in an extension', () => {
    const choices = choicesOf('/v1', '/v1.1', '/v1/x')
    for (const path of ['/v1', '/v1.1', '/v1/x']) {
      expect(choosePath(`${path}/y`, choices)).toEqual({ value: path, isAmbiguous: false })
      expect(choosePath(`${path}/a%20b`, choices)).toEqual({ value: path, isAmbiguous: false })
    }
    expect(choosePath('/v1/x.y', choices)).toEqual({ value: '/v1', isAmbiguous: true })
  })

  it('chooses the longest path in every order', () => {
    expect(choosePath('/a/b/c', choicesOf('/', '/a', '/a/b')).value).toBe('/a/b')
    expect(choosePath('/a/b/c', choicesOf('/a/b', '/a', '/')).value).toBe('/a/b')
  })

  it('chooses a configured path with escapes by the same spelling', () => {
    const [admin, root] = [choicesOf('/%41dmin'), choicesOf('/', '/%41dmin')]
    expect(choosePath('/%41dmin/x', admin)).toEqual({ value: '/%41dmin', isAmbiguous: false })
    expect(choosePath('/Admin', admin)).toEqual({ value: '/%41dmin', isAmbiguous: true })
    expect(choosePath('/Admin', root)).toEqual({ value: '/', isAmbiguous: true })
  })

  it('chooses the longest path of every reading, regardless of escapes', () => {
    const choices = choicesOf('/%61%62%63', '/abc/d')
    expect(choosePath('/abc/d/x', choices)).toEqual({ value: '/abc/d', isAmbiguous: false })
    expect(choosePath('/abc/x', choices)).toEqual({ value: '/%61%62%63', isAmbiguous: true })
  })

  it('computes all readings if a resource has no plain path in lower case', () => {
    for (const odd of ['/caf%C3%A9', '/Odd']) {
      const choices = choicesOf('/notes', '/notes/admin', odd)
      expect(choosePath('/notes/x', choices)).toEqual({ value: '/notes', isAmbiguous: false })
      expect(choosePath(`${odd}/x`, choices)).toEqual({ value: odd, isAmbiguous: false })
    }
    const choices = choicesOf('/', '/Odd')
    expect(choosePath('/odd', choices)).toEqual({ value: '/', isAmbiguous: true })
    expect(choosePath('/Odd', choicesOf('/odd'))).toEqual({ value: undefined, isAmbiguous: false })
  })

  it('returns the resource of one reading if another has none', () => {
    expect(choosePath('/notes/..%2Fx', NOTES)).toEqual({ value: '/notes', isAmbiguous: true })
  })

  it('accepts a configured path that cannot be decoded', () => {
    const choices = choicesOf('/a%zz', '/b')
    expect(choosePath('/b', choices)).toEqual({ value: '/b', isAmbiguous: false })
    expect(choosePath('/a%zz', choices)).toEqual({ value: '/a%zz', isAmbiguous: false })
  })

  it('chooses only a path that contains the request, literally and decoded', () => {
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
        const { value: chosen, isAmbiguous } = choosePath(pathname, NOTES)
        if (chosen === undefined || isAmbiguous) return
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

describe('isSamePath()', () => {
  it.each([
    ['/notes', '/notes'],
    ['/notes', '/notes/'],
    ['/', '//'],
    ['/notes', '/Notes'],
    ['/notes', '/n%6ftes'],
    ['/notes', '/notes;v=1'],
    ['/notes', '/x%2F..%2Fnotes'],
    // A URL parser ends the decoded path at the number sign.
    ['/', '/%23/x'],
  ])('is true for %s and %s', (one, other) => {
    expect([isSamePath(one, other), isSamePath(other, one)]).toEqual([true, true])
  })

  it.each([
    ['/notes', '/'],
    ['/notes', '/notes2'],
    ['/notes', '/notes/x'],
    ['/notes', '/note'],
    ['/a/b', '/a%20b'],
  ])('is false for %s and %s', (one, other) => {
    expect([isSamePath(one, other), isSamePath(other, one)]).toEqual([false, false])
  })
})
