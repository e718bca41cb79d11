import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJsonRpcText } from '../../src/mcp/json-rpc.ts'
import { copyJson, parseJsonRpcValue } from '../../src/mcp/json-rpc-value.ts'

const LIMIT = 10_000
const INVALID = { ok: false, error: 'body_invalid' }
const TOO_LARGE = { ok: false, error: 'body_too_large' }
const CALL = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'read' } }

function read(value: unknown, maxBytes = LIMIT) {
  return parseJsonRpcValue(value, maxBytes, true)
}

function nested(depth: number): unknown {
  let value: unknown = {}
  for (let level = 1; level < depth - 1; level++) value = [value]
  return { method: 'm', params: value }
}

describe('parseJsonRpcValue() gives', () => {
  it('the same calls as the text of the same value', () => {
    const name = fc.constantFrom(
      'name',
      'uri',
      'ref',
      'x',
      '__proto__',
      'Name',
      'arguments',
      'uri\0',
    )
    const member = fc.constantFrom('method', 'id', 'params', 'result', 'Method', 'param\u017f', 'x')
    const message = fc.dictionary(
      member,
      fc.oneof(fc.string(), fc.dictionary(name, fc.jsonValue({ maxDepth: 3 })), fc.jsonValue()),
    )
    const body = fc.oneof(message, fc.array(message, { maxLength: 3 }), fc.jsonValue())
    fc.assert(
      fc.property(body, fc.boolean(), (value, allowBatch) => {
        const text = JSON.stringify(value)
        const parsed: unknown = JSON.parse(text)
        const outcome = parseJsonRpcValue(parsed, 1_000_000, allowBatch)
        expect(JSON.stringify(outcome)).toBe(JSON.stringify(parseJsonRpcText(text, allowBatch)))
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['without a prototype', Object.assign(Object.create(null), CALL)],
    ['of a class', Object.assign(new (class Message {})(), CALL)],
    ['frozen', Object.freeze({ ...CALL })],
    ['with a symbol', { ...CALL, [Symbol('raw')]: 'text' }],
    [
      'with undefined members',
      { ...CALL, result: undefined, params: { name: 'read', x: undefined } },
    ],
    ['without a prototype', { ...CALL, params: { name: 'read', arguments: { constructor: 1 } } }],
  ])('an object %s', (_, value) => {
    const outcome = read(value)
    expect(outcome.ok && outcome.value).toMatchObject([
      { method: 'tools/call', params: { name: 'read' }, id: 1, isNotification: false },
    ])
  })

  it('the calls of a batch', () => {
    const outcome = read([CALL, { ...CALL, params: { name: 'write' } }])
    expect(outcome.ok && outcome.value.map(({ params }) => params)).toEqual([
      { name: 'read' },
      { name: 'write' },
    ])
  })

  it('a notification for an undefined id', () => {
    const outcome = read({ method: 'm', id: undefined })
    expect(outcome.ok && outcome.value).toMatchObject([{ method: 'm', isNotification: true }])
  })

  it('a message of 64 levels', () => {
    expect(read(nested(64)).ok).toBe(true)
    expect(read(nested(65))).toEqual(INVALID)
  })

  it('a copy, which later changes do not affect', () => {
    const params = { name: 'read' }
    const outcome = read({ method: 'tools/call', params })
    params.name = 'delete'
    expect(outcome.ok && outcome.value[0]?.params).toEqual({ name: 'read' })
  })
})

function bare(value: () => unknown): unknown {
  for (const name of Reflect.ownKeys(value)) Reflect.deleteProperty(value, name)
  return value
}

const getter = (value: unknown) => ({ get: () => value, enumerable: true })
const cyclic: { method: string; params?: unknown } = { method: 'm' }
cyclic.params = { name: 'x', self: cyclic }
const holes: unknown[] = [CALL]
holes[2] = CALL
const withIndexGetter = Object.defineProperty([CALL], 0, { get: () => CALL })

describe('parseJsonRpcValue() rejects', () => {
  it.each([
    ['an accessor', Object.defineProperty({ ...CALL }, 'params', getter({ name: 'read' }))],
    ['an accessor within', { ...CALL, params: Object.defineProperty({}, 'name', getter('read')) }],
    [
      'an accessor in arguments',
      { ...CALL, params: { name: 'read', arguments: Object.defineProperty({}, 'x', getter(1)) } },
    ],
    [
      'a member that is not enumerable',
      Object.defineProperty({ ...CALL }, 'method', { value: 'm', enumerable: false }),
    ],
    ['toJSON', { ...CALL, toJSON: () => ({}) }],
    ['toJSON within', { ...CALL, params: { name: 'read', arguments: { toJSON: () => 1 } } }],
    ['an inherited toJSON', Object.assign(Object.create({ toJSON: () => ({}) }), CALL)],
    ['a date', { ...CALL, params: { name: new Date(0) } }],
    ['an inherited method', Object.create(CALL)],
    ['an inherited name', { ...CALL, params: Object.create({ name: 'delete' }) }],
    ['an inherited name behind undefined', { ...CALL, params: { __proto__: { name: 'x' } } }],
    [
      'an inherited accessor',
      Object.assign(
        new (class {
          get params() {
            return 1
          }
        })(),
        { method: 'm' },
      ),
    ],
    ['a cycle', cyclic],
    ['a list with holes', holes],
    ['a list with an accessor', withIndexGetter],
    ['a function', { ...CALL, params: () => ({}) }],
    ['a symbol', { ...CALL, params: { name: Symbol('read') } }],
    ['a bigint', { ...CALL, params: { name: 'read', arguments: { n: 1n } } }],
    ['a text in an object', { ...CALL, method: new String('tools/call') }],
    ['bytes within', { ...CALL, params: { name: 'read', arguments: { data: new Uint8Array(2) } } }],
    ['a batch in a batch', [[CALL]]],
    ['a list of texts', ['tools/call']],
    ['a map', new Map([['method', 'm']])],
    ['nothing', undefined],
    ['a number', 1],
    ['an empty object', {}],
    ['a function alone', () => CALL],
    ['a function without properties', { ...CALL, params: bare(() => ({})) }],
    ['101 calls', Array(101).fill(CALL)],
    ['Name', { ...CALL, params: { name: 'read', Name: 'delete' } }],
    ['Name alone', { ...CALL, params: { Name: 'delete' } }],
    ['Name that is undefined', { ...CALL, params: { name: 'read', Name: undefined } }],
    ['a NUL', { ...CALL, 'method\0': 'x' }],
    ['a long s', [CALL, { ...CALL, 'param\u017f': {} }]],
    ['an ambiguous name in ref', { method: 'm', params: { ref: { URI: 'x' } } }],
    [
      'an ambiguous name in notifications',
      { method: 'm', params: { notifications: { ResourceSubscriptions: [] } } },
    ],
  ])('%s', (_, value) => {
    expect(read(value)).toEqual(INVALID)
  })

  it('a batch where none is allowed', () => {
    expect(parseJsonRpcValue([CALL], LIMIT, false)).toEqual(INVALID)
    expect(parseJsonRpcValue([], LIMIT, false)).toEqual(INVALID)
    expect(parseJsonRpcValue(CALL, LIMIT, false).ok).toBe(true)
  })

  it('a value that throws', () => {
    const traps = ['getOwnPropertyDescriptor', 'ownKeys', 'has', 'getPrototypeOf'] as const
    for (const trap of traps) {
      const value = new Proxy(
        { ...CALL },
        {
          [trap]: () => {
            throw new Error('boo')
          },
        },
      )
      // The prototype is never read.
      expect([trap, read(value).ok]).toEqual([trap, trap === 'getPrototypeOf'])
    }
  })

  it('reads each property of a Proxy once', () => {
    let asked = 0
    const value = new Proxy(
      { ...CALL },
      {
        getOwnPropertyDescriptor(target, name) {
          if (name === 'method') asked += 1
          return Reflect.getOwnPropertyDescriptor(target, name)
        },
        get: () => 'tools/list',
      },
    )
    const outcome = read(value)
    expect([asked, outcome.ok && outcome.value[0]?.method]).toEqual([1, 'tools/call'])
  })
})

describe('parseJsonRpcValue() limits', () => {
  it.each([
    ['a text', { ...CALL, params: { name: 'x'.repeat(LIMIT) } }],
    ['a name', { ...CALL, ['x'.repeat(LIMIT)]: 1 }],
    ['a list', { ...CALL, params: { arguments: Array(LIMIT).fill(0) } }],
    ['a list of nothing', { ...CALL, params: { arguments: new Array(4_000_000_000) } }],
  ])('%s', (_, value) => {
    expect(read(value)).toEqual(TOO_LARGE)
  })

  it('objects that are referenced many times', () => {
    let value: unknown = {}
    for (let level = 0; level < 60; level++) value = [value, value]
    expect(read({ method: 'm', params: { x: value } })).toEqual(TOO_LARGE)
  })

  it('a lower estimate of the size only', () => {
    const text = JSON.stringify(CALL)
    expect(read(CALL, text.length).ok).toBe(true)
  })

  // One for each value, the characters of texts and names, one for each name and each entry of a list.
  it.each<[string, unknown, number]>([
    ['an object with a text', { method: 'abc' }, 1 + 7 + 4],
    ['a number', { method: 'm', id: 12_345 }, 1 + 7 + 2 + 3 + 1],
    ['a list', { method: 'm', params: { x: [1, 2, 3] } }, 1 + 7 + 2 + 7 + 1 + 2 + 1 + 3 + 3],
    ['an empty name', { method: 'm', params: { '': null } }, 1 + 7 + 2 + 7 + 1 + 1 + 1],
  ])('exactly the estimate for %s', (_, value, size) => {
    expect(read(value, size).ok).toBe(true)
    expect(read(value, size - 1)).toEqual(TOO_LARGE)
  })

  it('nothing of an invalid value that is as large as the limit', () => {
    expect(read(() => 1, 1)).toEqual(INVALID)
    expect(read(() => 1, 0)).toEqual(TOO_LARGE)
  })

  it('the size before anything else of a value that is invalid as well', () => {
    expect(read({ method: 'x'.repeat(LIMIT), params: () => 1 })).toEqual(TOO_LARGE)
    expect(read({ params: () => 1, method: 'x'.repeat(LIMIT) })).toEqual(INVALID)
  })
})

describe('copyJson()', () => {
  const levels = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`)

  it.each([
    ['null', null],
    ['a text', 'x'],
    ['an empty list', []],
    ['names of a message in data', { Method: 'a', NAME: 'b', params: { Name: 'c' } }],
    ['64 levels', levels(64)],
  ])('copies %s', (_, value) => {
    expect(copyJson(value, LIMIT)).toEqual({ ok: true, value })
  })

  it('copies objects without a prototype, which later changes do not affect', () => {
    const value = { a: [{ b: 1 }] }
    const copied = copyJson(value, LIMIT)
    value.a = []
    expect(copied).toEqual({ ok: true, value: { a: [{ b: 1 }] } })
    expect(copied.ok && Object.getPrototypeOf(copied.value)).toBeNull()
  })

  it.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['an accessor', Object.defineProperty({}, 'a', getter(1))],
    ['65 levels', levels(65)],
    ['a cycle', cyclic],
  ])('rejects %s', (_, value) => {
    expect(copyJson(value, LIMIT)).toEqual(INVALID)
  })

  it('rejects a value above the limit, and an invalid one as large as the limit as invalid', () => {
    // One for the text and four for its characters.
    expect(copyJson('four', 5)).toEqual({ ok: true, value: 'four' })
    expect(copyJson('four', 4)).toEqual(TOO_LARGE)
    expect(copyJson(() => 1, 1)).toEqual(INVALID)
  })
})
