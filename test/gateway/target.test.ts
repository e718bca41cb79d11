/** URLs of requests, of the upstream, and of its redirections. */

import { describe, expect, it } from 'vitest'
import {
  createTargetResolver,
  placeOf,
  publicLocation,
  upstreamProblem,
} from '../../src/gateway/target.ts'

const NOTES = placeOf('https://rs.example/mcp')
const ROOT = placeOf('https://rs.example/')
const SLASHED = placeOf('https://rs.example/mcp/')

describe('upstreamProblem()', () => {
  it.each(['http://127.0.0.1:9000', 'https://up.example/app/mcp', 'HTTP://UP.example/'])(
    'accepts %s',
    (url) => {
      expect(upstreamProblem(url)).toBeUndefined()
    },
  )

  const CREDENTIALS = 'must not contain a user name or password; send credentials by headers'
  const QUERY = 'must have no query and no fragment, because the query is the one of the request'
  it.each([
    [undefined, 'must be an absolute URL'],
    [5, 'must be an absolute URL'],
    [new URL('http://up.example/'), 'must be an absolute URL'],
    ['/mcp', 'must be an absolute URL'],
    ['ftp://up.example/', 'must be an http or https URL'],
    ['ws://up.example/', 'must be an http or https URL'],
    ['http://user@up.example/', CREDENTIALS],
    ['http://:secret@up.example/', CREDENTIALS],
    ['http://up.example/?', QUERY],
    ['http://up.example/?a=1', QUERY],
    ['http://up.example/#', QUERY],
  ])('rejects %s', (url, problem) => {
    expect(upstreamProblem(url)).toBe(problem)
  })
})

describe('createTargetResolver()', () => {
  function resolve(
    path: string,
    place = NOTES,
    upstream = 'http://up.example/app',
    subpaths = true,
  ) {
    const result = createTargetResolver(subpaths)(
      `https://rs.example${path}`,
      place,
      new URL(upstream),
    )
    return result.ok ? result.value.href : result.error
  }

  it.each([
    ['/mcp', 'http://up.example/app'],
    ['/mcp?a=1&b=%20', 'http://up.example/app?a=1&b=%20'],
  ])('calls the upstream for exactly the path of the resource: %s', (path, url) => {
    expect(resolve(path)).toBe(url)
    expect(resolve(path, NOTES, 'http://up.example/app', false)).toBe(url)
  })

  it.each([
    ['/mcp/', 'http://up.example/app/'],
    ['/mcp/x/y%20z?q=1', 'http://up.example/app/x/y%20z?q=1'],
    ['/mcp/x?', 'http://up.example/app/x'],
    ['/mcp/..y', 'http://up.example/app/..y'],
    ['/mcp/...', 'http://up.example/app/...'],
    ['/mcp/;a=b', 'http://up.example/app/;a=b'],
    ['/mcp/x;a=..', 'http://up.example/app/x;a=..'],
  ])('appends a path below the resource where that is switched on: %s', (path, url) => {
    expect(resolve(path)).toBe(url)
    expect(resolve(path, NOTES, 'http://up.example/app', false)).toBe(404)
  })

  it('has one slash between the paths, whichever of them ends with one', () => {
    expect(resolve('/mcp/x', NOTES, 'http://up.example/')).toBe('http://up.example/x')
    expect(resolve('/mcp/x', NOTES, 'http://up.example/app/')).toBe('http://up.example/app/x')
    expect(resolve('/mcp', NOTES, 'http://up.example/app/')).toBe('http://up.example/app/')
    expect(resolve('/x', ROOT)).toBe('http://up.example/app/x')
    expect(resolve('/', ROOT)).toBe('http://up.example/app')
    expect(resolve('/mcp/', SLASHED)).toBe('http://up.example/app')
    expect(resolve('/mcp/x', SLASHED)).toBe('http://up.example/app/x')
  })

  it.each(['/', '/mcpx', '/MCP', '/other/mcp', '/mcp%2Fx', '/%6dcp'])(
    'is 404 for another path: %s',
    (path) => {
      expect(resolve(path)).toBe(404)
    },
  )

  it('is 404 for the path without the slash that the resource has', () => {
    expect(resolve('/mcp', SLASHED)).toBe(404)
  })

  it.each([
    ['a dot segment', '/mcp/../x'],
    ['an escaped dot segment', '/mcp/%2e%2e/x'],
    ['a backslash', '/mcp/a\\b'],
    ['an escaped slash', '/mcp/a%2Fb'],
    ['an escaped backslash', '/mcp/a%5cb'],
    ['an escaped dot', '/mcp/x%2Ejson'],
    ['a slash that is escaped twice', '/mcp/a%252fb'],
    ['a dot that is escaped three times', '/mcp/%25252e'],
    ['an escape that is itself escaped', '/mcp/%25%32%65%25%32%65/x'],
    ['dots with parameters', '/mcp/..;/x'],
    ['dots with parameters at the end', '/mcp/x/..;a=b'],
    ['one dot with parameters', '/mcp/.;/x'],
  ])('is 400 for %s', (_, path) => {
    expect(resolve(path)).toBe(400)
  })

  it('is 400 for a URL that is not in its parsed form', () => {
    const upstream = new URL('http://up.example/')
    for (const url of ['https://rs.example\\mcp', 'https://rs.example/mcp#x', '/mcp']) {
      expect(createTargetResolver(true)(url, NOTES, upstream)).toEqual({ ok: false, error: 400 })
    }
  })
})

describe('a target resolver', () => {
  const [one, other] = [new URL('http://one.example/'), new URL('http://other.example/')]
  const url = 'https://rs.example/mcp'

  it('stores its last result, but none with a query', () => {
    const resolve = createTargetResolver(true)
    const first = resolve(url, NOTES, one)
    expect(resolve(url, NOTES, one)).toBe(first)
    const withQuery = resolve(`${url}?key=secret`, NOTES, one)
    expect(resolve(`${url}?key=secret`, NOTES, one)).not.toBe(withQuery)
    expect(resolve(url, NOTES, one)).toBe(first)
  })

  it('resolves again for another URL, resource or upstream', () => {
    const resolve = createTargetResolver(true)
    const hrefs = [
      resolve(url, NOTES, one),
      resolve(`${url}/x`, NOTES, one),
      resolve(`${url}/x`, ROOT, one),
      resolve(`${url}/x`, ROOT, other),
    ].map((result) => result.ok && result.value.href)
    expect(hrefs).toEqual([
      'http://one.example/',
      'http://one.example/x',
      'http://one.example/mcp/x',
      'http://other.example/mcp/x',
    ])
  })
})

describe('publicLocation()', () => {
  function locate(value: string, upstream = 'http://up.example/app/mcp', place = NOTES) {
    const base = new URL(upstream)
    return publicLocation(value, new URL('?called=1', base), base, place)
  }

  it.each([
    ['http://up.example/app/mcp', 'https://rs.example/mcp'],
    ['http://up.example/app/mcp?x=1#y', 'https://rs.example/mcp?x=1#y'],
    ['/app/mcp/', 'https://rs.example/mcp/'],
    ['/app/mcp/sub', 'https://rs.example/mcp/sub'],
    ['/app/mcpx', 'https://rs.example/app/mcpx'],
    ['/login', 'https://rs.example/login'],
    ['other', 'https://rs.example/app/other'],
    ['?q=1', 'https://rs.example/mcp?q=1'],
    ['#part', 'https://rs.example/mcp?called=1#part'],
  ])('stays at the origin of the resource: %s', (value, expected) => {
    expect(locate(value)).toBe(expected)
  })

  it('has one slash between the paths, whichever of them ends with one', () => {
    expect(locate('/x', 'http://up.example/')).toBe('https://rs.example/mcp/x')
    expect(locate('/app/x', 'http://up.example/app/')).toBe('https://rs.example/mcp/x')
    expect(locate('/app/mcp/x', undefined, ROOT)).toBe('https://rs.example/x')
    expect(locate('/app/mcp', undefined, ROOT)).toBe('https://rs.example/')
    expect(locate('/app/mcp', undefined, SLASHED)).toBe('https://rs.example/mcp/')
    expect(locate('/app/mcp/x', undefined, SLASHED)).toBe('https://rs.example/mcp/x')
  })

  it.each(['https://up.example/app/mcp', 'http://up.example:81/x', 'https://elsewhere.example/'])(
    'leaves the URL of another origin: %s',
    (value) => {
      expect(locate(value)).toBe(value)
    },
  )

  it.each(['http://', 'http://[', 'https://a b/'])('is nothing for %j', (value) => {
    expect(locate(value)).toBeUndefined()
  })
})
