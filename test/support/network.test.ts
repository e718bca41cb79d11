/** The guard itself. Each test takes the attempts that it caused; otherwise it would fail. */

import dns from 'node:dns'
import { lookup } from 'node:dns/promises'
import http from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import https from 'node:https'
import net, { connect } from 'node:net'
import tls from 'node:tls'
import { describe, expect, it } from 'vitest'
import { discoverAuthorizationServer } from '../../src/index.ts'
import { serve } from './loopback.ts'
import { isLoopbackHost, takeAttempts } from './network.ts'

const REFUSED = /A test wanted to go to/

/** Settles with the error of something that emits one. */
function errorOf(emitter: NodeJS.EventEmitter): Promise<Error> {
  return new Promise((resolve) => void emitter.once('error', resolve))
}

describe('beyond loopback', () => {
  it.each([
    'https://as.example/a',
    'http://192.0.2.1:8080/',
    'https://127.0.0.1.nip.io',
    'http://[2001:db8::1]',
  ])('there is no fetch of %s', async (url) => {
    await expect(fetch(url)).rejects.toThrow(REFUSED)
    await expect(fetch(new Request(url))).rejects.toThrow(REFUSED)
    const { origin } = new URL(url)
    expect(takeAttempts()).toEqual([origin, origin])
  })

  it('a swallowed error is found all the same', async () => {
    await expect(discoverAuthorizationServer('https://as.example')).rejects.toMatchObject({
      code: 'unreachable',
    })
    expect(takeAttempts()).toEqual(['https://as.example', 'https://as.example'])
  })

  it.each<[string, () => NodeJS.EventEmitter, string]>([
    ['net.connect', () => net.connect(443, 'as.example'), 'as.example:443'],
    ['net.connect with options', () => net.connect({ port: 1, host: 'a.b' }), 'a.b:1'],
    ['an imported connect', () => connect({ port: 443, host: '192.0.2.1' }), '192.0.2.1:443'],
    ['a socket', () => new net.Socket().connect(25, 'as.example'), 'as.example:25'],
    ['tls.connect', () => tls.connect({ port: 443, host: 'as.example' }), 'as.example:443'],
    ['http.get', () => http.get('http://as.example/path'), 'as.example:80'],
    ['https.get', () => https.get('https://as.example/path'), 'as.example:443'],
    ['http2.connect', () => connectHttp2('https://as.example'), 'as.example:443'],
  ])('there is no %s', async (_, begin, place) => {
    expect((await errorOf(begin())).message).toMatch(REFUSED)
    expect(new Set(takeAttempts())).toEqual(new Set([place]))
  })

  it('no name is asked for', async () => {
    await expect(lookup('as.example')).rejects.toThrow(REFUSED)
    const error = await new Promise((resolve) => dns.lookup('as.example', resolve))
    expect(error).toMatchObject({ message: expect.stringMatching(REFUSED) })
    expect(takeAttempts()).toEqual(['as.example', 'as.example'])
  })
})

describe('on loopback', () => {
  it('everything goes on', async () => {
    await using server = await serve((_, response) => void response.end('here'))
    expect(await (await fetch(server.origin)).text()).toBe('here')
    const { port } = new URL(server.origin)
    expect(await (await fetch(`http://localhost:${port}`)).text()).toBe('here')
    expect(await (await fetch('data:text/plain,here')).text()).toBe('here')
    await expect(lookup('localhost')).resolves.toHaveProperty('address')
    expect(takeAttempts()).toEqual([])
  })

  it.each([
    'localhost',
    'LOCALHOST',
    'a.localhost',
    '127.0.0.1',
    '127.255.0.9',
    '::1',
    '[::1]',
    '::ffff:127.0.0.1',
  ])('is %s', (host) => {
    expect(isLoopbackHost(host)).toBe(true)
  })

  it.each([
    '',
    'localhost.example',
    'notlocalhost',
    '127.0.0.1.example',
    '128.0.0.1',
    '0.0.0.0',
    '::',
    '10.0.0.1',
  ])('is not %j', (host) => {
    expect(isLoopbackHost(host)).toBe(false)
  })
})
