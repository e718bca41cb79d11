/** The rule of an operation, and the combined rules of several. */

import { describe, expect, it } from 'vitest'
import { deny } from '../../src/index.ts'
import {
  combineRules,
  createOperationRules,
  isDenial,
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

describe('findGiven()', () => {
  const findGiven = (method: string, name: string): unknown => {
    if (RULES.kind !== 'table') throw new Error('Not a table.')
    return RULES.findGiven(method, name)
  }

  it.each([
    ['tools/call', 'delete_note', ['write']],
    ['tools/call', 'https://files.example/b', { anyOf: ['call', 'admin'] }],
    ['resources/read', 'https://files.example/b', ['files']],
    ['resources/read', 'https://files.example/x/%2e%2e/b#part', ['files']],
    ['resources/read', `https://files.example/${'x/../'.repeat(200)}b`, ['files']],
    ['resources/read', 'https://files.example/c', ['other']],
    ['resources/subscribe', 'https://files.example/b', ['other']],
    ['tools/call', 'delete_note\ud800', 'invalid'],
    ['resources/read', 'no uri', 'invalid'],
    ['resources/read', 'https://files.example/\ud800', 'invalid'],
  ])('for %s %s is %j, the first time and later', (method, name, expected) => {
    expect(findGiven(method, name)).toEqual(expected)
    expect(findGiven(method, name)).toEqual(expected)
  })
})

describe('nameKeyOf()', () => {
  it.each([
    ['tools/call', 'A/../b', 'A/../b'],
    ['resources/read', 'https://files.example/a/../b', 'https://files.example/b'],
    ['resources/read', 'file:///a//%62?x', 'file:///a/b'],
    ['resources/read', 'no uri', undefined],
  ])('for %s: %s is %s', (method, name, expected) => {
    expect(nameKeyOf(method, name)).toBe(expected)
  })
})

describe('isDenial()', () => {
  it('reads own members only', () => {
    expect(isDenial({ denied: 'x' })).toBe(true)
    expect(isDenial(Object.assign(Object.create({ denied: 'x' }), { anyOf: ['a'] }))).toBe(false)
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

  it('needs no scope for one public operation, and the base beside another', () => {
    expect(combineRules(['public'], base)).toMatchObject({ isPublic: true })
    expect(combineRules(['public', ['write']], base)).toEqual({
      needed: { allOf: ['base', 'write'], anyOf: [] },
      isPublic: false,
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

  it.each([
    ['Public'],
    [undefined],
    [null],
    [{}],
    [{ anyOf: 'a' }],
    [{ anyOf: [] }],
    [{ anyOf: ['a'], allOf: ['b'] }],
    [{ anyOf: ['a b'] }],
    [[['a']]],
    [['']],
    [['a', 5]],
    [['a', 'b"c']],
    // No client may ask for it where it is challenged.
    [['offline_access']],
    [{ denied: 5 }],
    [{ denied: 'x', anyOf: ['a'] }],
    [{ denied: 'x', reason: 'y' }],
  ])('rejects %j', (value) => {
    expect(isScopeRule(value)).toBe(false)
  })
})
