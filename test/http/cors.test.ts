import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addVary,
  buildPreflight,
  createOriginPolicy,
  isOriginAllowed,
  isPreflight,
  setCorsHeaders,
} from '../../src/http/cors.ts'

const RESOURCE = new URL('https://rs.example/mcp')
const APP = 'https://app.example'
const listed = createOriginPolicy([APP], RESOURCE)

describe('isOriginAllowed()', () => {
  it.each([
    [null, true],
    [APP, true],
    ['https://rs.example', true],
    ['null', false],
    ['', false],
    ['https://app.example/', false],
    ['https://app.example:443', false],
    ['https://APP.example', false],
    ['http://app.example', false],
    ['https://app.example.evil.example', false],
    ['https://evil.example', false],
  ])('%j: %s', (origin, isAllowed) => {
    expect(isOriginAllowed(origin, listed)).toBe(isAllowed)
  })

  it('accepts all origins with *, and only that of the resource by default', () => {
    const everyone = createOriginPolicy('*', RESOURCE)
    expect(['null', 'https://evil.example'].map((each) => isOriginAllowed(each, everyone))).toEqual(
      [true, true],
    )
    const own = createOriginPolicy(undefined, RESOURCE)
    expect([isOriginAllowed('https://rs.example', own), isOriginAllowed(APP, own)]).toEqual([
      true,
      false,
    ])
  })
})

describe('setCorsHeaders()', () => {
  it('names one origin, the exposed fields, and Vary', () => {
    const headers = new Headers()
    setCorsHeaders(headers, APP, listed)
    expect(Object.fromEntries(headers)).toEqual({
      'access-control-allow-origin': APP,
      'access-control-expose-headers': expect.stringContaining('WWW-Authenticate'),
      vary: 'Origin',
    })
  })

  it.each([null, 'https://evil.example'])('sets only Vary for %j', (origin) => {
    const headers = new Headers()
    setCorsHeaders(headers, origin, listed)
    expect(Object.fromEntries(headers)).toEqual({ vary: 'Origin' })
  })

  it('sets no Vary with *', () => {
    const headers = new Headers()
    setCorsHeaders(headers, APP, createOriginPolicy('*', RESOURCE))
    expect(headers.get('Access-Control-Allow-Origin')).toBe('*')
    expect(headers.get('Vary')).toBeNull()
    expect(headers.get('Access-Control-Allow-Credentials')).toBeNull()
  })

  it('removes the credentials flag of the handler with *, which browsers reject, and keeps it for an origin', () => {
    const flags = [createOriginPolicy('*', RESOURCE), listed].map((policy) => {
      const headers = new Headers({ 'Access-Control-Allow-Credentials': 'true' })
      setCorsHeaders(headers, APP, policy)
      return [
        headers.get('Access-Control-Allow-Origin'),
        headers.get('Access-Control-Allow-Credentials'),
      ]
    })
    expect(flags).toEqual([
      ['*', null],
      [APP, 'true'],
    ])
  })

  it('exposes what a client must read', () => {
    const headers = new Headers()
    setCorsHeaders(headers, APP, listed)
    expect(headers.get('Access-Control-Expose-Headers')).toBe(
      'WWW-Authenticate, DPoP-Nonce, Mcp-Session-Id, MCP-Protocol-Version, Retry-After',
    )
  })

  it('keeps what the handler exposes, each field once in any case', () => {
    const own = 'X-Mine, www-authenticate, DPoP-Nonce, RETRY-AFTER'
    const headers = new Headers({ 'Access-Control-Expose-Headers': own })
    setCorsHeaders(headers, APP, listed)
    expect(headers.get('Access-Control-Expose-Headers')).toBe(
      'WWW-Authenticate, DPoP-Nonce, Mcp-Session-Id, MCP-Protocol-Version, Retry-After, X-Mine',
    )
  })
})

describe('addVary()', () => {
  it.each([
    [undefined, 'Origin'],
    ['Accept', 'Accept, Origin'],
    ['origin', 'origin'],
    ['Accept, ORIGIN', 'Accept, ORIGIN'],
    ['*', '*'],
  ])('%j becomes %j', (before, after) => {
    const headers = new Headers(before === undefined ? {} : { Vary: before })
    addVary(headers, 'Origin')
    addVary(headers, 'Origin')
    expect(headers.get('Vary')).toBe(after)
  })
})

describe('isPreflight()', () => {
  const asking = { Origin: APP, 'Access-Control-Request-Method': 'POST' }
  it.each<[string, Record<string, string>, boolean]>([
    ['OPTIONS', asking, true],
    ['GET', asking, false],
    ['OPTIONS', { Origin: APP }, false],
    ['OPTIONS', { 'Access-Control-Request-Method': 'POST' }, false],
    ['OPTIONS', {}, false],
  ])('%s with %j: %s', (method, headers, expected) => {
    expect(isPreflight(new Request(RESOURCE, { method, headers }))).toBe(expected)
  })
})

describe('buildPreflight()', () => {
  function preflight(asked?: string): Response {
    const headers = new Headers({ Origin: APP, 'Access-Control-Request-Method': 'POST' })
    if (asked !== undefined) headers.set('Access-Control-Request-Headers', asked)
    return buildPreflight(new Request(RESOURCE, { method: 'OPTIONS', headers }), listed)
  }

  it('names Authorization, because * does not include it', async () => {
    const response = preflight('authorization')
    expect([response.status, await response.text()]).toEqual([204, ''])
    const allowed = response.headers.get('Access-Control-Allow-Headers')?.split(', ')
    expect(allowed).toContain('Authorization')
    expect(allowed).not.toContain('*')
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(APP)
    expect(response.headers.get('Vary')).toBe('Access-Control-Request-Headers, Origin')
    expect(response.headers.get('Access-Control-Expose-Headers')).toBeNull()
  })

  it('names all header fields of MCP clients, for two hours', () => {
    expect(Object.fromEntries(preflight().headers)).toEqual({
      'access-control-allow-headers':
        'Authorization, DPoP, Content-Type, Accept, MCP-Protocol-Version, Mcp-Session-Id, ' +
        'Mcp-Method, Mcp-Name, Last-Event-ID',
      'access-control-allow-methods': 'GET, HEAD, POST, DELETE, OPTIONS',
      'access-control-allow-origin': APP,
      'access-control-max-age': '7200',
      vary: 'Access-Control-Request-Headers, Origin',
    })
    expect(preflight('x-mcp-param-y').headers.get('Access-Control-Allow-Headers')).toBe(
      preflight().headers.get('Access-Control-Allow-Headers'),
    )
  })

  it('repeats only the requested header fields of tool parameters', () => {
    const allowed = preflight('mcp-param-region, Mcp-Param-X, x-evil, mcp-param-bad name')
      .headers.get('Access-Control-Allow-Headers')
      ?.split(', ')
    expect(allowed).toContain('mcp-param-region')
    expect(allowed).toContain('Mcp-Param-X')
    expect(allowed).not.toContain('x-evil')
    expect(allowed?.some((name) => name.includes(' '))).toBe(false)
  })

  it('never throws', () => {
    const value = fc.stringMatching(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/)
    fc.assert(fc.property(value, (asked) => preflight(`mcp-param-${asked}`).status === 204))
  })
})
