/** Parsing JSON-RPC: unambiguous messages, ambiguous messages, and random bytes. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJsonRpc } from '../../src/mcp/json-rpc.ts'

const encoder = new TextEncoder()

function read(body: unknown): ReturnType<typeof parseJsonRpc> {
  return parseJsonRpc(encoder.encode(typeof body === 'string' ? body : JSON.stringify(body)), true)
}

const INVALID = { ok: false, error: 'body_invalid' }

/** A message with `depth` nested containers in its `params`. */
function nested(depth: number): string {
  const inner = depth - 2
  return `{"method":"m","params":{"x":${'['.repeat(inner)}${']'.repeat(inner)}}}`
}

describe('parseJsonRpc() gives', () => {
  it('a request with its params', () => {
    const params = { name: 'list_notes', arguments: { id: 1 } }
    expect(read({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })).toEqual({
      ok: true,
      value: [{ method: 'tools/call', params, id: 1, isNotification: false }],
    })
  })

  it('a notification, which has no id', () => {
    expect(read({ jsonrpc: '2.0', method: 'notifications/initialized' })).toEqual({
      ok: true,
      value: [{ method: 'notifications/initialized', params: undefined, isNotification: true }],
    })
  })

  it('the calls of a batch in order, without its responses', () => {
    const outcome = read([
      { id: 1, method: 'a' },
      { id: 2, result: {} },
      { method: 'b' },
      { id: 3, error: { code: 1 } },
    ])
    expect(outcome.ok && outcome.value.map(({ method }) => method)).toEqual(['a', 'b'])
  })

  it.each([
    ['an empty batch', '[]'],
    ['a response', '{"jsonrpc":"2.0","id":1,"result":{}}'],
    ['an error response', '{"jsonrpc":"2.0","id":1,"error":{}}'],
    ['only responses', '[{"id":1,"result":null},{"id":2,"error":null}]'],
  ])('no calls for %s', (_, body) => {
    expect(read(body)).toEqual({ ok: true, value: [] })
  })

  it('a message with method as a call, even beside a result', () => {
    const outcome = read({ id: 1, method: 'tools/call', result: {} })
    expect(outcome.ok && outcome.value).toHaveLength(1)
  })

  it('a call with duplicates of other members', () => {
    expect(read('{"method":"m","jsonrpc":"2.0","jsonrpc":"2.0","x":1,"x":2}').ok).toBe(true)
    expect(
      read('{"method":"m","params":{"arguments":{"name":1,"name":2,"uri":1,"uri":1}}}').ok,
    ).toBe(true)
    expect(read('{"method":"m","params":{"ref":{"type":1},"x":{"ref":1,"ref":2}}}').ok).toBe(true)
    expect(read('[{"method":"m"},{"method":"m"}]').ok).toBe(true)
    expect(read('{"id":1,"result":{"method":1,"method":2,"params":{"name":1,"name":2}}}').ok).toBe(
      true,
    )
  })

  it('a call with other spellings in data', () => {
    const params = { name: 'a', arguments: { Name: 'b', Uri: 1 }, Method: 'm', _meta: { NAME: 1 } }
    expect(read({ method: 'm', params, Name: 'n' })).toMatchObject({
      ok: true,
      value: [{ method: 'm', params }],
    })
  })

  it('64 levels, and a batch of 100', () => {
    expect(read(nested(64)).ok).toBe(true)
    expect(read(Array(100).fill({ method: 'm' })).ok).toBe(true)
  })
})

describe('parseJsonRpc() rejects duplicates', () => {
  const twice = (name: string) => `"${name}":1,"${name}":1`

  it.each(['id', 'method', 'params', 'result', 'error'])('of %s in a message', (name) => {
    expect(read(`{"method":"m",${twice(name)}}`)).toEqual(INVALID)
    expect(read(`[{"method":"m"},{"method":"m",${twice(name)}}]`)).toEqual(INVALID)
  })

  it.each(['name', 'uri', 'taskId', 'ref', 'arguments', 'notifications'])(
    'of %s in params',
    (name) => {
      expect(read(`{"method":"m","params":{${twice(name)}}}`)).toEqual(INVALID)
      expect(read(`{"method":"m","params":{"y":{"params":{${twice(name)}}}}}`).ok).toBe(true)
      expect(read(`{"method":"m","x":{${twice(name)}}}`).ok).toBe(true)
      expect(read(`{"method":"m","params":{"params":{${twice(name)}}}}`).ok).toBe(true)
    },
  )

  it.each(['name', 'uri'])('of %s in a ref', (name) => {
    expect(read(`{"method":"m","params":{"ref":{${twice(name)}}}}`)).toEqual(INVALID)
    expect(read(`{"method":"m","ref":{${twice(name)}}}`).ok).toBe(true)
    expect(read(`{"method":"m","params":{"x":{"ref":{${twice(name)}}}}}`).ok).toBe(true)
  })

  it('but not in lists of data, nor in values that look like names', () => {
    expect(read(`{"method":"m","x":[{${twice('method')}}]}`).ok).toBe(true)
    expect(read('{"method":"m","x":"id","y":"id","z":["id","id"]}').ok).toBe(true)
    expect(read('{"id":"method","method":"id"}').ok).toBe(true)
  })

  it('after strings with any content', () => {
    for (const text of ['\\"', '\\\\', '\\\\\\"', '{[', '}]', ',', ':', '\\u0022']) {
      const before = `{"x":"${text}","method":"m"`
      expect(read(`${before}}`).ok).toBe(true)
      expect(read(`${before},"method":"m"}`)).toEqual(INVALID)
    }
  })

  it('with escapes in names', () => {
    expect(read('{"method":"m","\\u006dethod":"m"}')).toEqual(INVALID)
    expect(read('{"method":"m","\\\\u006dethod":"m"}').ok).toBe(true)
  })
})

describe('parseJsonRpc() rejects', () => {
  it.each([
    ['text that is not JSON', 'hello'],
    ['half a message', '{"method":"m"'],
    ['a message and more', '{"method":"m"}{"method":"n"}'],
    ['a comment', '{"method":"m" /* x */}'],
    ['white space only', '  '],
    ['no bytes', ''],
    ['a form', 'method=tools%2Fcall&name=x'],
    ['a byte order mark', '\ufeff{"method":"m"}'],
    ['a string', '"tools/call"'],
    ['a number', '1'],
    ['null', 'null'],
    ['a batch with a string in it', '[{"method":"m"},"n"]'],
    ['a batch with null in it', '[null]'],
    ['a batch in a batch', '[[{"method":"m"}]]'],
    ['an object that is not a message', '{"name":"delete_note"}'],
    ['an empty object', '{}'],
    ['a method that is a number', '{"method":1}'],
    ['a method that is a list', '{"method":["tools/call"]}'],
    ['a method that is null', '{"method":null,"result":{}}'],
  ])('%s', (_, body) => {
    expect(read(body)).toEqual(INVALID)
  })

  it.each([
    ['method', '{"method":"tools/list","method":"tools/call"}'],
    ['method, escaped', String.raw`{"method":"tools/list","m\u0065thod":"tools/call"}`],
    ['method, far apart', '{"method":"a","params":{"x":[{"y":"}"}]},"method":"b"}'],
    ['id', '{"id":1,"method":"m","id":2}'],
    ['params', '{"method":"m","params":{"name":"a"},"params":{"name":"b"}}'],
    ['result', '{"id":1,"result":1,"result":2}'],
    ['error', '{"id":1,"error":1,"error":2}'],
    ['params.name', '{"method":"m","params":{"name":"a","name":"b"}}'],
    ['params.name, the same', '{"method":"m","params":{"name":"a","name":"a"}}'],
    ['params.name, escaped', String.raw`{"method":"m","params":{"name":"a","\u006eame":"b"}}`],
    ['params.uri', '{"method":"m","params":{"uri":"a","_meta":{},"uri":"b"}}'],
    ['params.taskId', '{"method":"m","params":{"taskId":"a","taskId":"b"}}'],
    ['params.ref', '{"method":"m","params":{"ref":{},"ref":{}}}'],
    ['params.ref.name', '{"method":"m","params":{"ref":{"name":"a","name":"b"}}}'],
    ['params.ref.uri', '{"method":"m","params":{"ref":{"uri":"a","uri":"b"}}}'],
    ['a name in a batch', '[{"method":"m"},{"method":"m","params":{"name":"a","name":"b"}}]'],
  ])('%s twice', (_, body) => {
    // `JSON.parse` accepts it and keeps the last one.
    expect(() => JSON.parse(body)).not.toThrow()
    expect(read(body)).toEqual(INVALID)
  })

  it('65 levels, a million levels, and a batch of 101 messages', () => {
    expect(read(nested(65))).toEqual(INVALID)
    expect(read('['.repeat(1_000_000))).toEqual(INVALID)
    expect(read(Array(101).fill({ method: 'm' }))).toEqual(INVALID)
  })

  it('bytes that are not UTF-8', () => {
    const bytes = encoder.encode('{"method":"x"}')
    bytes[11] = 0xff
    expect(parseJsonRpc(bytes, true)).toEqual(INVALID)
  })
})

describe('parseJsonRpc() never', () => {
  it('throws on random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect([true, false]).toContain(parseJsonRpc(bytes, true).ok)
      }),
    )
  })

  it('throws or hangs on random text', () => {
    const pieces = fc.constantFrom(
      ...'{}[]",:\\',
      '"method"',
      '"params"',
      '"name"',
      'null',
      ' ',
      'é',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (text) => {
        expect([true, false]).toContain(read(text.join('')).ok)
      }),
    )
  })

  it('accepts text with another meaning than JSON.parse', () => {
    const message = fc.record(
      {
        method: fc.string(),
        id: fc.integer(),
        params: fc.dictionary(fc.constantFrom('name', 'uri', 'ref', 'x', '__proto__'), json()),
      },
      { requiredKeys: ['method'] },
    )
    const body = fc.oneof(message, fc.array(message, { maxLength: 5 }))
    fc.assert(
      fc.property(body, fc.nat(4), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        const outcome = read(text)
        const parsed = [JSON.parse(text)].flat()
        expect(outcome.ok && outcome.value.map(({ method }) => method)).toEqual(
          parsed.map(({ method }) => method),
        )
        expect(outcome.ok && outcome.value.map(({ params }) => params)).toEqual(
          parsed.map(({ params }) => params),
        )
      }),
    )
  })

  it('misses a duplicate, at any place and with any escapes', () => {
    const name = fc.constantFrom('name', 'uri', 'taskId', 'ref')
    const filler = fc.array(fc.tuple(fc.string(), json()), { maxLength: 4 })
    fc.assert(
      fc.property(name, filler, fc.nat(3), fc.string(), (member, others, at, value) => {
        const escaped = `\\u${member
          .charCodeAt(at % member.length)
          .toString(16)
          .padStart(4, '0')}`
        const respelt =
          member.slice(0, at % member.length) + escaped + member.slice((at % member.length) + 1)
        const between = others
          .filter(([key]) => !['name', 'uri', 'taskId', 'ref'].includes(key))
          .map(([key, each]) => `${JSON.stringify(key)}:${JSON.stringify(each)},`)
          .join('')
        const text = `{"method":"m","params":{"${member}":${JSON.stringify(value)},${between}"${respelt}":1}}`
        expect(() => JSON.parse(text)).not.toThrow()
        expect(read(text)).toEqual(INVALID)
      }),
    )
  })

  it('takes more than linear time: half a million quotes and backslashes', () => {
    const body = `{"method":"m","x":"${'\\"'.repeat(250_000)}${'\\\\'.repeat(250_000)}"}`
    expect(read(body).ok).toBe(true)
  })
})

function json(): fc.Arbitrary<unknown> {
  return fc.jsonValue({ maxDepth: 4 })
}
