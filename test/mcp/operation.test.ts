/** The operation of a call: the name of each method, and unambiguous names. */

import { describe, expect, it } from 'vitest'
import { normalizeName, parseOperation, parseOperations } from '../../src/mcp/operation.ts'

function named(method: string, params?: unknown): unknown {
  const outcome = parseOperation({ method, params, isNotification: false })
  return outcome.ok ? outcome.value.operation : outcome.error
}

describe('parseOperation() gives', () => {
  it.each([
    ['tools/call', { name: 'delete_note' }, 'delete_note'],
    ['prompts/get', { name: 'greet' }, 'greet'],
    ['resources/read', { uri: 'note://a/1' }, 'note://a/1'],
    ['resources/subscribe', { uri: 'note://a/1' }, 'note://a/1'],
    ['resources/unsubscribe', { uri: 'note://a/1' }, 'note://a/1'],
    ['tasks/get', { taskId: 't1' }, 't1'],
    ['tasks/cancel', { taskId: 't1' }, 't1'],
    ['tasks/result', { taskId: 't1' }, 't1'],
    ['completion/complete', { ref: { type: 'ref/prompt', name: 'greet' } }, 'greet'],
    ['completion/complete', { ref: { type: 'ref/resource', uri: 'x://{a}' } }, 'x://{a}'],
  ])('%s %j as %s', (method, params, name) => {
    expect(named(method, params)).toEqual({ method, name })
  })

  it.each([
    ['tools/list', { name: 'x' }],
    ['initialize', { name: 'x' }],
    ['logging/setLevel', { uri: 'x' }],
    ['tools/call', undefined],
    ['tools/call', {}],
    ['tools/call', { Name: 'x' }],
    ['tools/call', ['x']],
    ['resources/list', {}],
    ['tasks/list', {}],
    ['completion/complete', { ref: {} }],
    ['constructor', {}],
  ])('%s %j without a name', (method, params) => {
    expect(named(method, params)).toEqual({ method })
  })

  it.each([
    ['HTTPS://Files.Example:443/a/../b', 'https://files.example/b'],
    ['file:///a/./b', 'file:///a/b'],
    ['file:///a/%2e%2e/b', 'file:///b'],
    [' file:///a\n', 'file:///a'],
    ['https://files.example', 'https://files.example/'],
  ])('the URI %j as %s', (uri, name) => {
    expect(named('resources/read', { uri })).toEqual({ method: 'resources/read', name })
  })

  it('the name before its normalisation, for the Mcp-Name header', () => {
    const outcome = parseOperation({
      method: 'resources/read',
      params: { uri: 'file:///a/../b' },
      isNotification: true,
    })
    expect(outcome).toMatchObject({
      ok: true,
      value: { sentName: 'file:///a/../b', isNotification: true },
    })
  })

  it('an implied resources/subscribe for each subscription of a call', () => {
    const params = { notifications: { resourceSubscriptions: ['NOTE://a/%31#x', 'note://a/2'] } }
    const outcome = parseOperation({
      method: 'subscriptions/listen',
      params,
      isNotification: false,
    })
    const implied = [
      { method: 'resources/subscribe', name: 'note://a/1' },
      { method: 'resources/subscribe', name: 'note://a/2' },
    ]
    expect(outcome).toEqual({
      ok: true,
      value: {
        operation: { method: 'subscriptions/listen' },
        implied,
        sentName: undefined,
        isNotification: false,
      },
    })
    expect(outcome.ok && outcome.value.implied.every((each) => Object.isFrozen(each))).toBe(true)
  })

  it('an implied tasks/get for each task of a call, after the resources', () => {
    const notifications = { taskIds: ['t2', ' T1'], resourceSubscriptions: ['note://a/1'] }
    const outcome = parseOperation({
      method: 'subscriptions/listen',
      params: { notifications },
      isNotification: false,
    })
    expect(outcome.ok && outcome.value.implied).toEqual([
      { method: 'resources/subscribe', name: 'note://a/1' },
      { method: 'tasks/get', name: 't2' },
      { method: 'tasks/get', name: ' T1' },
    ])
    expect(outcome.ok && outcome.value.implied.every((each) => Object.isFrozen(each))).toBe(true)
  })

  it.each([
    undefined,
    null,
    {},
    { notifications: null },
    { notifications: {} },
    { notifications: { resourceSubscriptions: null } },
    { notifications: { resourceSubscriptions: [] } },
    { notifications: { taskIds: null } },
    { notifications: { taskIds: [] } },
    { taskIds: ['t1'] },
    { notifications: { taskId: 't1' } },
  ])('no subscriptions for %j', (params) => {
    const outcome = parseOperation({
      method: 'subscriptions/listen',
      params,
      isNotification: false,
    })
    expect(outcome.ok && outcome.value.implied).toEqual([])
  })

  it('names with surrogate pairs', () => {
    expect(named('tools/call', { name: '\u{1f600}' })).toEqual({
      method: 'tools/call',
      name: '\u{1f600}',
    })
  })

  it('no subscriptions of other methods', () => {
    const params = { name: 'x', notifications: { resourceSubscriptions: ['note://a/1'] } }
    const outcome = parseOperation({ method: 'tools/call', params, isNotification: false })
    expect(outcome.ok && outcome.value.implied).toEqual([])
    expect(named('tools/call', { name: 'x', notifications: 7 })).toEqual({
      method: 'tools/call',
      name: 'x',
    })
  })

  it('no inherited name', () => {
    const params = Object.create({ name: 'delete_note' })
    expect(named('tools/call', params)).toEqual({ method: 'tools/call' })
  })

  it('no name for a method without names', () => {
    expect(named('tools/list', { undefined: 5, name: 5 })).toEqual({ method: 'tools/list' })
  })

  it('frozen operations', () => {
    expect(Object.isFrozen(named('tools/call', { name: 'x' }))).toBe(true)
    expect(Object.isFrozen(named('tools/list'))).toBe(true)
  })
})

describe('parseOperation() rejects', () => {
  it.each([
    ['tools/call', { name: ['delete_note'] }],
    ['tools/call', { name: 1 }],
    ['tools/call', { name: null }],
    ['tools/call', { name: {} }],
    ['resources/read', { uri: 'no uri' }],
    ['resources/read', { uri: '/relative' }],
    ['resources/subscribe', { uri: '' }],
    ['resources/unsubscribe', { uri: 1 }],
    ['tasks/get', { taskId: 1 }],
    ['completion/complete', { ref: { name: 1 } }],
    ['completion/complete', { ref: { name: 'a', uri: 'b' } }],
    // Go and others read half of a surrogate pair as U+FFFD.
    ['tools/call', { name: 'delete\ud800' }],
    ['tools/call', { name: '\udc00' }],
    ['tools/cal\ud83d', { name: 'x' }],
    ['subscriptions/listen', { notifications: 7 }],
    ['subscriptions/listen', { notifications: 'resourceSubscriptions' }],
    ['subscriptions/listen', { notifications: { resourceSubscriptions: 'note://a' } }],
    ['subscriptions/listen', { notifications: { resourceSubscriptions: { length: 0 } } }],
    ['subscriptions/listen', { notifications: { resourceSubscriptions: [7] } }],
    ['subscriptions/listen', { notifications: { resourceSubscriptions: [['note://a']] } }],
    ['subscriptions/listen', { notifications: { resourceSubscriptions: ['no uri'] } }],
    ['subscriptions/listen', { notifications: { resourceSubscriptions: ['note://a', ''] } }],
    ['subscriptions/listen', { notifications: { taskIds: 't1' } }],
    ['subscriptions/listen', { notifications: { taskIds: { 0: 't1', length: 1 } } }],
    ['subscriptions/listen', { notifications: { taskIds: [7] } }],
    ['subscriptions/listen', { notifications: { taskIds: ['t1', null] } }],
    ['subscriptions/listen', { notifications: { taskIds: [['t1']] } }],
    ['subscriptions/listen', { notifications: { taskIds: ['t\ud800'] } }],
  ])('%s %j', (method, params) => {
    expect(named(method, params)).toBe('body_invalid')
  })
})

describe('parseOperations()', () => {
  const listen = (count: number) => ({
    method: 'subscriptions/listen',
    params: { notifications: { resourceSubscriptions: Array(count).fill('note://a/1') } },
    isNotification: false,
  })

  it('accepts 1,000 subscriptions in all calls together', () => {
    expect(parseOperations([])).toEqual({ ok: true, value: [] })
    expect(parseOperations([listen(1000)]).ok).toBe(true)
    expect(parseOperations([listen(999), listen(1), listen(0)]).ok).toBe(true)
  })

  it.each([[[1001]], [[1000, 1]], [[1, 1000]], [[500, 500, 1]]])('rejects %j', (counts) => {
    expect(parseOperations(counts.map(listen))).toEqual({ ok: false, error: 'body_invalid' })
  })

  it('counts resources and tasks together', () => {
    const mixed = (resources: number, tasks: number) => ({
      ...listen(0),
      params: {
        notifications: {
          resourceSubscriptions: Array(resources).fill('note://a/1'),
          taskIds: Array(tasks).fill('t1'),
        },
      },
    })
    expect(parseOperations([mixed(400, 600)]).ok).toBe(true)
    expect(parseOperations([mixed(0, 999), mixed(1, 0)]).ok).toBe(true)
    for (const calls of [[mixed(400, 601)], [mixed(0, 1001)], [mixed(0, 500), mixed(500, 1)]]) {
      expect(parseOperations(calls)).toEqual({ ok: false, error: 'body_invalid' })
    }
  })

  it('gives the operation of each call, in their order', () => {
    const names = ['b', 'a', 'b']
    const calls = names.map((name) => ({
      method: 'tools/call',
      params: { name },
      isNotification: false,
    }))
    expect(parseOperations(calls)).toEqual({
      ok: true,
      value: names.map((name) => ({
        ...{ operation: { method: 'tools/call', name }, sentName: name },
        ...{ implied: [], isNotification: false },
      })),
    })
  })

  it('rejects all where one is invalid', () => {
    const broken = { method: 'tools/call', params: { name: 1 }, isNotification: false }
    expect(parseOperations([listen(1), broken])).toEqual({ ok: false, error: 'body_invalid' })
  })
})

describe('normalizeName()', () => {
  it.each([
    ['tools/call', 'a/../b', 'a/../b'],
    ['tools/call', 'a\ud800', undefined],
    ['resources/read', 'file:///a/../b', 'file:///b'],
    ['resources/read', 'file:///\ud800', undefined],
    ['resources/read', 'no uri', undefined],
  ])('for %s: %j is %j', (method, name, expected) => {
    expect(normalizeName(method, name)).toBe(expected)
  })
})
