import { describe, expect, it } from 'vitest'
import {
  createServedDocument,
  type DocumentPlace,
  findDocument,
  isAppendedMetadataPath,
  isMetadataPath,
  noDocumentResponse,
  notFoundResponse,
  serveDocument,
  unavailableResponse,
} from '../../src/metadata/serve-document.ts'

const PREFIX = '/.well-known/oauth-protected-resource'
const URL_HERE = `https://rs.example${PREFIX}`

describe('isMetadataPath()', () => {
  it.each([
    [PREFIX, true],
    [`${PREFIX}/`, true],
    [`${PREFIX}/mcp`, true],
    [`${PREFIX}s`, false],
    [`/mcp${PREFIX}`, false],
    ['/.well-known/oauth-authorization-server', false],
    [PREFIX.toUpperCase(), false],
  ])('%s: %s', (path, expected) => {
    expect(isMetadataPath(path)).toBe(expected)
  })
})

describe('isAppendedMetadataPath()', () => {
  it.each([
    [`/mcp${PREFIX}`, '/mcp', true],
    [`/mcp${PREFIX}/mcp`, '/mcp', true],
    [`/mcp${PREFIX}`, '/mcp/', true],
    [`/mcp${PREFIX}s`, '/mcp', false],
    [`/other${PREFIX}`, '/mcp', false],
    [`/mcp-2${PREFIX}`, '/mcp', false],
    ['/mcp', '/mcp', false],
  ])('%s for %s: %s', (path, resourcePath, expected) => {
    expect(isAppendedMetadataPath(path, resourcePath)).toBe(expected)
  })
})

describe('findDocument()', () => {
  const place = (path: string): DocumentPlace => ({
    pathAndQuery: PREFIX + path,
    document: createServedDocument({ path }, 60),
  })
  const places = ['', '/a/', '/b', '/c?t=1', '/d/?t=1'].map(place)
  const find = (path: string): string | undefined => {
    const found = findDocument(PREFIX + path, places)
    return found && JSON.parse(found.body).path
  }

  it('finds documents, also without the final slash', () => {
    expect(['', '/a/', '/b', '/c?t=1', '/d/?t=1'].map(find)).toEqual([
      '',
      '/a/',
      '/b',
      '/c?t=1',
      '/d/?t=1',
    ])
    expect(find('/a')).toBe('/a/')
    expect(find('/')).toBe('')
    expect(find('/d?t=1')).toBe('/d/?t=1')
  })

  it.each(['/b/', '/A/', '/a//', '/c', '/c?t=2', '/c?t=1&u', '/?t=1', '/d/', '//', '/a/?t=1'])(
    'finds nothing at %s',
    (path) => {
      expect(find(path)).toBeUndefined()
    },
  )
})

describe('serveDocument()', () => {
  const document = createServedDocument({ a: 1 }, 60)
  const ask = (init: RequestInit) => serveDocument(new Request(URL_HERE, init), document)

  it('checks the method before the condition', () => {
    const response = ask({ method: 'POST', headers: { 'If-None-Match': '*' } })
    expect(response.status).toBe(405)
    expect(response.headers.get('Allow')).toBe('GET, HEAD, OPTIONS')
  })

  it.each([
    [document.etag, 304],
    [`W/${document.etag}`, 304],
    [` "a" ,${document.etag}`, 304],
    ['*', 304],
    ['', 200],
    [document.etag.slice(1, -1), 200],
    ['"*"', 200],
  ])('responds to If-None-Match: %s with %i', (condition, status) => {
    expect(ask({ headers: { 'If-None-Match': condition } }).status).toBe(status)
  })

  it.each([
    [document.etag, 200],
    [`"a" ,${document.etag}`, 200],
    ['*', 200],
    [`W/${document.etag}`, 412],
    ['"a"', 412],
    ['', 412],
  ])('responds to If-Match: %s with %i', (condition, status) => {
    expect(ask({ headers: { 'If-Match': condition } }).status).toBe(status)
  })

  it('checks If-Match before If-None-Match, and neither for OPTIONS and methods that are not allowed', () => {
    const headers = { 'If-Match': '"a"', 'If-None-Match': '*' }
    expect(ask({ headers }).status).toBe(412)
    expect(ask({ headers: { ...headers, 'If-Match': '*' } }).status).toBe(304)
    expect(ask({ method: 'OPTIONS', headers }).status).toBe(204)
    expect(ask({ method: 'PUT', headers }).status).toBe(405)
  })

  it('responds to OPTIONS that is not a preflight', () => {
    const response = ask({ method: 'OPTIONS' })
    expect(response.status).toBe(204)
    expect(response.headers.get('Allow')).toBe('GET, HEAD, OPTIONS')
  })
})

describe('errors', () => {
  it('are readable from every origin and not cacheable', async () => {
    const asked = new Request(URL_HERE)
    for (const [response, status, error] of [
      [notFoundResponse(asked), 404, 'not_found'],
      [noDocumentResponse(asked), 404, 'not_found'],
      [unavailableResponse(asked, 7), 503, 'temporarily_unavailable'],
    ] as const) {
      expect(response.status).toBe(status)
      expect(response.headers.get('Cache-Control')).toBe('no-store')
      expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*')
      expect(response.headers.get('Content-Type')).toBe('application/json')
      expect(((await response.json()) as { error: string }).error).toBe(error)
    }
    expect(unavailableResponse(asked, 7).headers.get('Retry-After')).toBe('7')
    expect(unavailableResponse(asked).headers.get('Retry-After')).toBe('5')
  })
})
