/** The rule of an operation, and the combined rules of several. */

import { describe, expect, it } from 'vitest'
import { deny } from '../../src/index.ts'
import {
  combineRules,
  createOperationRules,
  isScopeRule,
  nameKeyOf,
  type OperationRules,
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

function find(rules: OperationRules, method: string, name?: string): unknown {
  if (rules.kind !== 'table') throw new Error('Not a table.')
  return rules.find(name === undefined ? { method } : { method, name })
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
    expect(find(RULES, method, name)).toEqual(expected)
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
      expect(find(rules, method)).toBeUndefined()
      expect(find(rules, 'tools/call', method)).toBeUndefined()
    }
  })

  it('tools by exact name and URIs by normal form', () => {
    const rules = createOperationRules({
      'tools/call a,b': ['comma'],
      'tools/call a%2Cb': ['escape'],
      'resources/read note://x/a,b': ['uri'],
    })
    const found = (method: string, name: string) => find(rules, method, name)
    expect(found('tools/call', 'a,b')).toEqual(['comma'])
    expect(found('tools/call', 'a%2Cb')).toEqual(['escape'])
    expect(found('resources/read', 'note://x/a%2Cb')).toEqual(['uri'])
    expect(nameKeyOf('resources/read', 'x')).toBeUndefined()
  })

  it('the rules at the time of creation', () => {
    const table = { 'tools/call': ['write'] }
    const rules = createOperationRules(table)
    table['tools/call'].length = 0
    expect(find(rules, 'tools/call')).toEqual(['write'])
  })

  it('a function as it is', () => {
    const decide = () => undefined
    expect(createOperationRules(decide)).toEqual({ kind: 'decision', decide })
  })
})

describe('combineRules()', () => {
  const base = { allOf: ['base'], anyOf: [] }

  it('adds the rules of all operations', () => {
    const rules = [['write'], { anyOf: ['call', 'admin'] }, ['other'], 'public', undefined] as const
    expect(combineRules(rules, base)).toEqual({
      needed: { allOf: ['base', 'write', 'other'], anyOf: [['call', 'admin']] },
      isPublic: false,
      denied: undefined,
    })
  })

  it('needs no scope, not even the base, where all are public', () => {
    expect(combineRules(['public', 'public'], base)).toEqual({
      needed: { allOf: [], anyOf: [] },
      isPublic: true,
      denied: undefined,
    })
  })

  it.each([[[]], [[undefined]]])('needs the base for the rules %j', (rules) => {
    expect(combineRules(rules, base)).toEqual({ needed: base, isPublic: false, denied: undefined })
  })

  it('gives the first denial, and the scopes of the other rules', () => {
    expect(combineRules(['public', deny('one'), ['write'], deny('two')], base)).toEqual({
      needed: { allOf: ['base', 'write'], anyOf: [] },
      isPublic: false,
      denied: 'one',
    })
  })
})

describe('isScopeRule()', () => {
  it.each([['public'], [[]], [['a', 'b']], [{ anyOf: ['a'] }], [{ denied: '' }], [deny('x')]])(
    'accepts %j',
    (value) => {
      expect(isScopeRule(value)).toBe(true)
    },
  )

  it.each([['Public'], [undefined], [null], [{}], [{ anyOf: 'a' }], [[['a']]], [['']]])(
    'rejects %j',
    (value) => {
      expect(isScopeRule(value)).toBe(false)
    },
  )
})
