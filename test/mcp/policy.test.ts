/** The rule of an operation, and the combined rules of several. */

import { describe, expect, it } from 'vitest'
import type { AuthContext, McpOperation } from '../../src/index.ts'
import {
  combineRules,
  createOperationRules,
  isScopeRule,
  nameKeyOf,
  splitOperationKey,
} from '../../src/mcp/policy.ts'

const RULES = createOperationRules({
  'tools/call delete_note': ['write'],
  'tools/call ping': 'public',
  'tools/call two words': ['two'],
  'tools/call': { anyOf: ['call', 'admin'] },
  'resources/read HTTPS://Files.Example/a/../b': ['files'],
  'tools/list': 'public',
  '*': ['other'],
})

function rule(method: string, name?: string): unknown {
  return RULES(name === undefined ? { method } : { method, name }, undefined)
}

describe('splitOperationKey()', () => {
  it.each([
    ['*', '*', undefined],
    ['tools/call', 'tools/call', undefined],
    ['tools/call a b', 'tools/call', 'a b'],
    ['tools/call ', 'tools/call', ''],
    [' x', '', 'x'],
  ])('splits %j', (key, method, name) => {
    expect(splitOperationKey(key)).toEqual({ method, name })
  })
})

describe('createOperationRules() finds', () => {
  it.each([
    ['tools/call', 'delete_note', ['write']],
    ['tools/call', 'ping', 'public'],
    ['tools/call', 'two words', ['two']],
    ['tools/call', 'other', { anyOf: ['call', 'admin'] }],
    ['tools/call', 'Delete_Note', { anyOf: ['call', 'admin'] }],
    ['tools/call', undefined, { anyOf: ['call', 'admin'] }],
    ['tools/list', undefined, 'public'],
    ['Tools/List', undefined, ['other']],
    ['resources/read', 'https://files.example/b', ['files']],
    ['resources/read', 'https://files.example/c', ['other']],
    ['initialize', undefined, ['other']],
    ['prompts/get', 'of a method without rules for names', ['other']],
    ['tools/call delete_note', undefined, ['other']],
    ['constructor', undefined, ['other']],
    ['__proto__', undefined, ['other']],
  ])('for %s %s the rule %j', (method, name, expected) => {
    expect(rule(method, name)).toEqual({ ok: true, value: expected })
  })

  it('no rule for unlisted names, inherited ones included', () => {
    const rules = createOperationRules({ 'tools/call x': ['x'] })
    for (const method of [
      'tools/call',
      'tools/list',
      'constructor',
      'toString',
      '__proto__',
      '*',
    ]) {
      expect(rules({ method }, undefined)).toEqual({ ok: true, value: undefined })
      expect(rules({ method: 'tools/call', name: method }, undefined).ok).toBe(true)
    }
  })

  it('tools by exact name and URIs by normal form', () => {
    const rules = createOperationRules({
      'tools/call a,b': ['comma'],
      'tools/call a%2Cb': ['escape'],
      'resources/read note://x/a,b': ['uri'],
    })
    const found = (method: string, name: string) => rules({ method, name }, undefined)
    expect(found('tools/call', 'a,b')).toEqual({ ok: true, value: ['comma'] })
    expect(found('tools/call', 'a%2Cb')).toEqual({ ok: true, value: ['escape'] })
    expect(found('resources/read', 'note://x/a%2Cb')).toEqual({ ok: true, value: ['uri'] })
    expect(nameKeyOf('resources/read', 'x')).toBeUndefined()
  })

  it('the rules at the time of creation', () => {
    const table = { 'tools/call': ['write'] }
    const rules = createOperationRules(table)
    table['tools/call'].length = 0
    expect(rules({ method: 'tools/call' }, undefined)).toEqual({ ok: true, value: ['write'] })
  })

  it('the result of a function of operation and context', () => {
    const seen: unknown[] = []
    const auth = { subject: 'user-1' } as AuthContext
    const rules = createOperationRules((operation, context) => {
      seen.push(operation, context)
      return operation.name === undefined ? undefined : { anyOf: ['a'] }
    })
    expect(rules({ method: 'tools/call', name: 'x' }, auth)).toEqual({
      ok: true,
      value: { anyOf: ['a'] },
    })
    expect(rules({ method: 'tools/list' }, undefined)).toEqual({ ok: true, value: undefined })
    expect(seen).toEqual([
      { method: 'tools/call', name: 'x' },
      auth,
      { method: 'tools/list' },
      undefined,
    ])
  })
})

describe('createOperationRules() fails', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('oops')
      },
    ],
    ['returns a promise', async () => ['read']],
    ['returns a rejected promise', () => Promise.reject(new Error('oops'))],
    ['returns null', () => null],
    ['returns true', () => true],
    ['returns a string', () => 'read'],
    ['returns a list without scopes', () => [1]],
    ['returns an invalid scope', () => ['a b']],
    ['returns offline_access', () => ['offline_access']],
    ['returns an empty anyOf', () => ({ anyOf: [] })],
    ['returns anyOf with another member', () => ({ anyOf: ['a'], allOf: ['b'] })],
    ['returns an empty object', () => ({})],
  ])('where the function %s', async (_, policy) => {
    const rules = createOperationRules(policy as never)
    expect(rules({ method: 'tools/call' }, undefined)).toEqual({ ok: false, error: 'internal' })
    // An unhandled rejection would end the process here.
    await new Promise((resolve) => setImmediate(resolve))
  })
})

describe('combineRules()', () => {
  const base = { allOf: ['base'], anyOf: [] }
  const needs = (...operations: McpOperation[]) => combineRules(operations, RULES, base, undefined)

  it('adds the rules of all operations', () => {
    expect(
      needs(
        { method: 'tools/call', name: 'delete_note' },
        { method: 'tools/call', name: 'x' },
        { method: 'initialize' },
        { method: 'tools/list' },
      ),
    ).toEqual({
      ok: true,
      value: {
        needed: { allOf: ['base', 'write', 'other'], anyOf: [['call', 'admin']] },
        isPublic: false,
      },
    })
  })

  it('needs no scope, not even the base, where all are public', () => {
    expect(needs({ method: 'tools/list' }, { method: 'tools/call', name: 'ping' })).toEqual({
      ok: true,
      value: { needed: { allOf: [], anyOf: [] }, isPublic: true },
    })
  })

  it('needs the base where there are no operations', () => {
    expect(needs()).toEqual({ ok: true, value: { needed: base, isPublic: false } })
  })

  it('needs the base for unlisted operations', () => {
    const rules = createOperationRules({})
    expect(combineRules([{ method: 'x' }], rules, base, undefined)).toEqual({
      ok: true,
      value: { needed: base, isPublic: false },
    })
  })
})

describe('isScopeRule()', () => {
  it.each([['public'], [[]], [['a', 'b']], [{ anyOf: ['a'] }]])('accepts %j', (value) => {
    expect(isScopeRule(value)).toBe(true)
  })

  it.each([['Public'], [undefined], [null], [{}], [{ anyOf: 'a' }], [[['a']]], [['']]])(
    'rejects %j',
    (value) => {
      expect(isScopeRule(value)).toBe(false)
    },
  )
})
