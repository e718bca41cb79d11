/** The request that a proxy asks about. */

import { describe, expect, it } from 'vitest'
import { isBodyCut, readForwardedRequest, sendsBody } from '../../src/gateway/forwarded-request.ts'

const ORIGIN = 'https://rs.example'
const NGINX = { 'X-Original-Method': 'POST', 'X-Original-URI': '/mcp?a=1' }

function read(
  proxy: Parameters<typeof readForwardedRequest>[1],
  headers: Record<string, string>,
  init: { method?: string; path?: string } = {},
) {
  const { method = 'GET', path = '/auth' } = init
  const request = new Request(`http://127.0.0.1:8080${path}`, { method, headers })
  const result = readForwardedRequest(request, proxy, ORIGIN)
  if (!result.ok) return result.error
  const { request: about, pathname } = result.value
  return { method: about.method, url: about.url, pathname, kept: about.headers.get('X-Kept') }
}

describe('readForwardedRequest() gives', () => {
  const expected = {
    method: 'POST',
    url: 'https://rs.example/mcp?a=1',
    pathname: '/mcp',
    kept: '1',
  }
  const forwarded = { 'X-Forwarded-Method': 'POST', 'X-Forwarded-Uri': '/mcp?a=1' }

  it.each([
    ['nginx', NGINX],
    ['caddy', forwarded],
    ['traefik', forwarded],
    ['haproxy', forwarded],
  ] as const)(
    'the request that %s names, with the header fields of the sub-request',
    (proxy, headers) => {
      expect(read(proxy, { ...headers, 'X-Kept': '1' })).toEqual(expected)
    },
  )

  it('the sub-request of Envoy itself, at the origin of the resource', () => {
    const headers = { ...NGINX, ...forwarded, 'X-Kept': '1' }
    expect(read('envoy', headers, { method: 'DELETE', path: '/mcp/x?b=2' })).toEqual({
      method: 'DELETE',
      url: 'https://rs.example/mcp/x?b=2',
      pathname: '/mcp/x',
      kept: '1',
    })
  })
})

describe('readForwardedRequest() rejects', () => {
  it('a sub-request of Envoy whose URL cannot be read', () => {
    const request = new Request('http://127.0.0.1/mcp')
    Object.defineProperty(request, 'url', { value: 'mcp' })
    expect(readForwardedRequest(request, 'envoy', ORIGIN)).toEqual({
      ok: false,
      error: { code: 'target_ambiguous' },
    })
  })

  it.each([
    ['no method', { 'X-Original-URI': '/mcp' }],
    ['no URI', { 'X-Original-Method': 'GET' }],
    ['an empty method', { ...NGINX, 'X-Original-Method': '' }],
    ['an empty URI', { ...NGINX, 'X-Original-URI': '' }],
    ['a method that is none', { ...NGINX, 'X-Original-Method': 'GE T' }],
    ['two methods', { ...NGINX, 'X-Original-Method': 'GET,POST' }],
    ['a URI with a comma', { ...NGINX, 'X-Original-URI': '/mcp?a=1,2' }],
    ['the fields of another proxy', { 'X-Forwarded-Method': 'GET', 'X-Forwarded-Uri': '/mcp' }],
  ])('%s', (_, headers) => {
    expect(read('nginx', headers)).toEqual({
      code: 'internal',
      description:
        'The proxy must send X-Original-Method and X-Original-URI, each exactly once and without a comma.',
    })
  })

  it.each([
    'mcp',
    'http://rs.example/mcp',
    '//h/../mcp',
    '/mcp/../x',
    '/mcp#x',
    '/a b',
    '*',
    '@h/mcp',
  ])('the URI %s', (uri) => {
    expect(read('nginx', { ...NGINX, 'X-Original-URI': uri })).toEqual({ code: 'target_ambiguous' })
  })
})

describe('isBodyCut()', () => {
  it.each([
    ['true', true],
    ['false', false],
    [undefined, false],
  ])('reads %s of Envoy as %s', (value, isCut) => {
    const headers: HeadersInit = value === undefined ? {} : { 'X-Envoy-Auth-Partial-Body': value }
    expect(isBodyCut(new Request('http://127.0.0.1/mcp', { headers }))).toBe(isCut)
  })
})

describe('sendsBody()', () => {
  it('is true for Envoy alone', () => {
    const proxies = ['nginx', 'caddy', 'traefik', 'envoy', 'haproxy'] as const
    expect(proxies.filter(sendsBody)).toEqual(['envoy'])
  })
})
