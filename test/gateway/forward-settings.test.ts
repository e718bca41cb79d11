/** The options of `forward()`: their defaults, and the message of each mistake. */

import { exportJWK, generateKeyPair } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import type { TokenExchange } from '../../src/exchange/index.ts'
import {
  type ForwardOptions,
  forwardSettings,
  identityProblems,
  type Upstream,
} from '../../src/gateway/forward-settings.ts'
import type { Jwk } from '../../src/index.ts'
import { problemPairs } from '../support/config-problems.ts'

const URL_TEXT = 'http://127.0.0.1:9000/mcp'
const EXCHANGE: TokenExchange = {
  exchange: async () => ({ ok: false, code: 'misconfigured' }),
  fetch: async () => new Response(),
  clear: () => {},
}
const read = () => 'x'

let key: Jwk

beforeAll(async () => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  key = { ...(await exportJWK(privateKey)), kid: 'k' } as Jwk
})

describe('forwardSettings() gives', () => {
  it('the defaults', () => {
    const settings = forwardSettings(URL_TEXT, {})
    expect(settings).toMatchObject({
      fixed: new URL(URL_TEXT),
      choose: undefined,
      identity: undefined,
      exchange: undefined,
      headers: [],
      own: new Set(),
      subpaths: false,
      timeoutMs: 60_000,
      transport: undefined,
    })
    expect(settings.hostTransport).toBeTypeOf('function')
  })

  it('the given options', () => {
    const choose: Upstream = () => URL_TEXT
    const settings = forwardSettings(choose, {
      exchange: EXCHANGE,
      headers: { 'X_User-Id': read, 'X-B': read },
      subpaths: true,
      timeoutMs: 5,
      fetch: async () => new Response(),
    })
    expect(settings).toMatchObject({
      fixed: undefined,
      exchange: EXCHANGE,
      headers: [
        ['x_user-id', read],
        ['x-b', read],
      ],
      own: new Set(['x-user-id', 'x-b']),
      subpaths: true,
      timeoutMs: 5,
    })
    expect(settings.choose).toBe(choose)
    expect(settings.transport).toBeTypeOf('function')
  })

  it('the identity with its defaults, and its field among those that the gateway sets', () => {
    const { identity, own } = forwardSettings(URL_TEXT, { identity: { key }, headers: { a: read } })
    expect(identity).toEqual({
      signer: { key, algorithm: 'ES256', keyId: undefined },
      header: 'authorization',
      audience: 'http://127.0.0.1:9000',
      lifetimeSeconds: 60,
    })
    expect(own).toEqual(new Set(['a', 'authorization']))
  })

  it('the given identity', () => {
    const given = { key, keyId: 'g', header: 'X_Identity', audience: 'notes', lifetimeSeconds: 5 }
    const { identity, own } = forwardSettings(() => URL_TEXT, { identity: given })
    expect(identity).toEqual({
      signer: { key, algorithm: 'ES256', keyId: 'g' },
      header: 'x_identity',
      audience: 'notes',
      lifetimeSeconds: 5,
    })
    expect(own).toEqual(new Set(['x-identity']))
  })

  it('own members of the options only', () => {
    const options: ForwardOptions = Object.create({ subpaths: true, timeoutMs: 1 })
    expect(forwardSettings(URL_TEXT, options)).toMatchObject({ subpaths: false, timeoutMs: 60_000 })
  })
})

describe('forwardSettings() reports', () => {
  const TWICE = 'is set twice'
  const MILLISECONDS = 'a number of milliseconds above 0 and below 2147483648'
  const SECONDS = 'a whole number of seconds between 1 and 86400'

  it.each<[string, Upstream, () => object, [string, string][]]>([
    ['an upstream that is not a URL', 'x', () => ({}), [['upstream', 'must be an absolute URL']]],
    [
      'an upstream and an option together',
      'x',
      () => ({ subpaths: 1 }),
      [
        ['upstream', 'must be an absolute URL'],
        ['subpaths', 'boolean'],
      ],
    ],
    ['options that are none', URL_TEXT, () => JSON.parse('5'), [['options', 'object']]],
    ['an unknown option', URL_TEXT, () => ({ timeout: 5 }), [['timeout', 'is not an option']]],
    ['a time limit of 0', URL_TEXT, () => ({ timeoutMs: 0 }), [['timeoutMs', MILLISECONDS]]],
    ['a time limit below 0', URL_TEXT, () => ({ timeoutMs: -1 }), [['timeoutMs', MILLISECONDS]]],
    [
      'a time limit of 2^31',
      URL_TEXT,
      () => ({ timeoutMs: 2 ** 31 }),
      [['timeoutMs', MILLISECONDS]],
    ],
    ['a fetch that is none', URL_TEXT, () => ({ fetch: 'x' }), [['fetch', 'function']]],
    ['an exchange that is none', URL_TEXT, () => ({ exchange: {} }), [['exchange.exchange', '']]],
    [
      'a key that is none',
      URL_TEXT,
      () => ({ identity: { key: 'x' } }),
      [['identity.key', 'object']],
    ],
    [
      'a lifetime of 0',
      URL_TEXT,
      () => ({ identity: { key, lifetimeSeconds: 0 } }),
      [['identity.lifetimeSeconds', SECONDS]],
    ],
    [
      'a lifetime of more than a day',
      URL_TEXT,
      () => ({ identity: { key, lifetimeSeconds: 86_401 } }),
      [['identity.lifetimeSeconds', SECONDS]],
    ],
    [
      'half a second',
      URL_TEXT,
      () => ({ identity: { key, lifetimeSeconds: 1.5 } }),
      [['identity.lifetimeSeconds', SECONDS]],
    ],
    [
      'an empty audience',
      URL_TEXT,
      () => ({ identity: { key, audience: '' } }),
      [['identity.audience', 'a text']],
    ],
    [
      'an audience that is a number',
      URL_TEXT,
      () => ({ identity: { key, audience: JSON.parse('5') } }),
      [['identity.audience', 'a text']],
    ],
    [
      'a key that is not private',
      URL_TEXT,
      () => ({ identity: { key: { kty: 'EC', crv: 'P-256', x: 'a', y: 'b' } } }),
      [['identity.key', 'is not a private key: it has no member d']],
    ],
    [
      'a field of the identity that the connection sets',
      URL_TEXT,
      () => ({ identity: { key, header: 'TE' } }),
      [['identity.header', 'is set by the gateway or by the connection']],
    ],
    [
      'no audience where a function chooses the upstream',
      () => URL_TEXT,
      () => ({ identity: { key } }),
      [['identity.audience', 'is required where upstream is a function']],
    ],
    [
      'an identity in the field of the exchange',
      URL_TEXT,
      () => ({ identity: { key }, exchange: EXCHANGE }),
      [['identity.header', 'is Authorization, which exchange sets; name another one']],
    ],
    [
      'a field of the exchange',
      URL_TEXT,
      () => ({ exchange: EXCHANGE, headers: { authorization: read } }),
      [['headers.authorization', TWICE]],
    ],
    [
      'the field of the identity',
      URL_TEXT,
      () => ({ identity: { key }, headers: { Authorization: read } }),
      [['headers.Authorization', TWICE]],
    ],
    [
      'the named field of the identity',
      URL_TEXT,
      () => ({ identity: { key, header: 'X-Identity' }, headers: { x_identity: read } }),
      [['headers.x_identity', TWICE]],
    ],
    [
      'the field of an identity that inherits another',
      URL_TEXT,
      () => ({
        identity: Object.assign(Object.create({ header: 'X-Other' }), { key }),
        headers: { authorization: read },
      }),
      [['headers.authorization', TWICE]],
    ],
    [
      'one name in two spellings',
      URL_TEXT,
      () => ({ headers: { 'X-A': read, x_a: read } }),
      [['headers.x_a', TWICE]],
    ],
    [
      'a field that the gateway sets',
      URL_TEXT,
      () => ({ headers: { Host: read } }),
      [['headers.Host', 'is set by the gateway or by the connection']],
    ],
  ])('%s', (_, upstream, options, expected) => {
    const problems = problemsOf(() => forwardSettings(upstream, options()))
    expect(problems.map(([path]) => path)).toEqual(expected.map(([path]) => path))
    for (const [index, [, message]] of problems.entries()) {
      expect(message).toContain(expected[index]?.[1])
    }
  })

  it('nothing at the limits', () => {
    for (const timeoutMs of [0.5, 1, 2 ** 31 - 1]) {
      expect(problemsOf(() => forwardSettings(URL_TEXT, { timeoutMs }))).toEqual([])
    }
    for (const lifetimeSeconds of [1, 86_400]) {
      const identity = { key, lifetimeSeconds }
      expect(problemsOf(() => forwardSettings(URL_TEXT, { identity }))).toEqual([])
    }
    const options = { identity: { key, header: 'X-Identity' }, exchange: EXCHANGE }
    expect(problemsOf(() => forwardSettings(URL_TEXT, options))).toEqual([])
    const authorization = { headers: { Authorization: read } }
    expect(problemsOf(() => forwardSettings(URL_TEXT, authorization))).toEqual([])
  })
})

describe('identityProblems()', () => {
  it('needs an audience only where there is no single upstream', () => {
    expect(identityProblems({ key }, false)).toEqual([])
    expect(identityProblems({ key, audience: 'notes' }, true)).toEqual([])
    expect(identityProblems({ key }, true)).toEqual([
      { path: 'identity.audience', message: 'is required where upstream is a function' },
    ])
  })
})

function problemsOf(run: () => unknown): [path: string, message: string][] {
  return problemPairs(run)
}
