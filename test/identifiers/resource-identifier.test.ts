import { describe, expect, it } from 'vitest'
import {
  protectedResourceMetadataUrl,
  resourceProblem,
  resourceWarnings,
} from '../../src/identifiers/resource-identifier.ts'

const PREFIX = '/.well-known/oauth-protected-resource'

describe('resourceProblem()', () => {
  it.each([
    'https://rs.example',
    'https://rs.example/mcp?tenant=a',
    'https://RS.example:443/',
    'https://rs.example/.well-known/other',
    `https://rs.example${PREFIX}s`,
    `https://rs.example/mcp${PREFIX}`,
    'http://localhost:3000/mcp',
  ])('accepts %s', (resource) => {
    expect(resourceProblem(resource, false)).toBeUndefined()
  })

  it.each([
    ['localhost:3000/mcp', /RFC 3986/],
    ['/mcp', /not a URL/],
    ['https://rs.example/mcp\n', /RFC 3986.*without white space/],
    ['https://rs.example/m\ncp', /RFC 3986/],
    ['http:rs.example', /RFC 3986/],
    ['http://rs.example', /https/],
    ['wss://rs.example', /https/],
    ['https://rs.example#', /fragment/],
    ['https://a:b@rs.example', /user name/],
    [`https://rs.example${PREFIX}`, /metadata URL/],
    [`https://rs.example${PREFIX}/mcp`, /metadata URL/],
  ])('rejects %j', (resource, message) => {
    expect(resourceProblem(resource, false)).toMatch(message)
  })
})

describe('resourceWarnings()', () => {
  it('are empty for a canonical identifier', () => {
    for (const resource of [
      'https://h.example/a',
      'https://h.example/a/',
      'https://h.example:1/%2F',
    ]) {
      expect(resourceWarnings(resource)).toEqual([])
    }
  })

  it('contain one sentence per mistake', () => {
    expect(resourceWarnings('https://h.example/a?b')).toHaveLength(1)
    expect(resourceWarnings('https://h.example?b')).toHaveLength(1)
    expect(resourceWarnings('https://h.example/')).toHaveLength(1)
    expect(resourceWarnings('https://h.example')).toHaveLength(1)
    expect(resourceWarnings('https://H.example:443/')).toHaveLength(2)
    expect(resourceWarnings('https://H.example/?b')).toHaveLength(2)
  })
})

describe('protectedResourceMetadataUrl()', () => {
  it('is derived from the parsed identifier', () => {
    for (const resource of ['HTTPS://H.example:443/a', 'https://h.example/x/../a']) {
      expect(protectedResourceMetadataUrl(resource)).toBe(`https://h.example${PREFIX}/a`)
    }
  })

  it('keeps escapes, empty segments and metacharacters as they are', () => {
    for (const path of ['/a%2Fb', '//a', '/:id', '/(a|b)+', '/*', '/%E2%82%AC']) {
      expect(protectedResourceMetadataUrl(`https://h.example${path}`)).toBe(
        `https://h.example${PREFIX}${path}`,
      )
    }
  })

  it('throws for text that is not a URL', () => {
    expect(() => protectedResourceMetadataUrl('/mcp')).toThrow(TypeError)
  })
})
