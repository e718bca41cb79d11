import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJsonRpcText } from '../../src/mcp/json-rpc.ts'
import { meaningOf, namesOf, type Role, roleOfMember } from '../../src/mcp/member-names.ts'

const ROLES: readonly Role[] = ['message', 'params', 'ref', 'notifications']
const READ = ROLES.flatMap((role) => [...namesOf(role)].map((name): [Role, string] => [role, name]))

describe('meaningOf()', () => {
  it('gives read for each name in its role', () => {
    expect(ROLES.map((role) => [...namesOf(role)])).toEqual([
      ['id', 'method', 'params', 'result', 'error'],
      ['name', 'uri', 'taskId', 'ref', 'arguments', 'notifications'],
      ['name', 'uri'],
      ['resourceSubscriptions', 'taskIds'],
    ])
    expect(READ.map(([role, name]) => meaningOf(name, role))).toEqual(READ.map(() => 'read'))
    expect(READ.map(([, name]) => meaningOf(name, 'data'))).toEqual(READ.map(() => 'data'))
    expect(READ.map(([, name]) => meaningOf(name.toUpperCase(), 'data'))).toEqual(
      READ.map(() => 'data'),
    )
  })

  it.each([
    ['message', 'Method'],
    ['message', 'METHOD'],
    ['message', 'param\u017f'],
    ['message', 'PARAM\u017f'],
    ['message', 're\u017fult'],
    ['message', 'method\0'],
    ['message', 'Method\0\0\0'],
    ['message', `id${'\0'.repeat(100_000)}`],
    ['message', '\u0130d'],
    ['message', '\u0131d'],
    ['params', 'Name'],
    ['params', 'tas\u212aId'],
    ['params', 'TASKID'],
    ['params', 'taskid'],
    ['params', 'ur\u0131'],
    ['params', 'UR\u0130'],
    ['params', 'notiﬁcations'],
    ['params', 'argument\u017f\0'],
    ['ref', 'URI'],
    ['notifications', 'resourcesubscriptions'],
    ['notifications', 'tas\u212aids'],
    ['notifications', 'taskIds\0'],
    ['notifications', 're\u017fource\u017fub\u017fcription\u017f'],
  ] as const)('gives ambiguous in %s for %j', (role, name) => {
    expect(meaningOf(name, role)).toBe('ambiguous')
  })

  it.each([
    ['message', 'name'],
    ['message', 'Name'],
    ['message', ''],
    ['message', '\0'],
    ['message', '\0method'],
    ['message', 'meth\0od'],
    ['message', 'methods'],
    ['message', 'jsonrpc'],
    ['message', ' method'],
    ['params', 'task_id'],
    ['params', 'Method'],
    ['params', 'resourceSubscriptions'],
    ['params', 'nаme'],
    ['params', 'ｎame'],
    ['ref', 'type'],
    ['ref', 'taskId'],
    ['notifications', 'resourcesListChanged'],
    ['notifications', 'taskId'],
    ['params', 'taskIds'],
    ['notifications', 'name'],
  ] as const)('gives data in %s for %j', (role, name) => {
    expect(meaningOf(name, role)).toBe('data')
  })

  it('folds at least as much as simple case folding of every character', () => {
    // Every character that Unicode folds to a character of a read name, in either direction.
    const letters = new Set(READ.flatMap(([, name]) => [...name.toLowerCase()]))
    const alike: [string, string][] = []
    for (let code = 0; code < 0x1_0000; code++) {
      const character = String.fromCharCode(code)
      for (const form of [character.toLowerCase(), character.toUpperCase().toLowerCase()]) {
        if (form.length === 1 && letters.has(form)) alike.push([character, form])
      }
    }
    expect(alike.length).toBeGreaterThan(30)
    for (const [role, name] of READ) {
      for (const [character, letter] of alike) {
        const other = name.toLowerCase().replace(letter, character)
        if (other.toLowerCase() === name.toLowerCase() && other === name) continue
        if (!name.toLowerCase().includes(letter)) continue
        expect([other, meaningOf(other, role)]).toEqual([
          other,
          namesOf(role).has(other) ? 'read' : 'ambiguous',
        ])
      }
    }
  })
})

describe('roleOfMember()', () => {
  it('gives the roles of params, ref and notifications', () => {
    expect(roleOfMember('message', 'params')).toBe('params')
    expect(roleOfMember('message', 'ref')).toBe('data')
    expect(roleOfMember('message', 'notifications')).toBe('data')
    expect(roleOfMember('params', 'ref')).toBe('ref')
    expect(roleOfMember('params', 'notifications')).toBe('notifications')
    expect(roleOfMember('params', 'arguments')).toBe('data')
    expect(roleOfMember('params', 'params')).toBe('data')
    for (const role of ['ref', 'notifications', 'data'] as const) {
      expect(roleOfMember(role, 'params')).toBe('data')
      expect(roleOfMember(role, 'ref')).toBe('data')
    }
  })
})

/** A model of Go's `encoding/json`: fields match by simple folding, the last one counts. */
function goReads(text: string): unknown {
  const bind = (value: unknown, fields: readonly string[]): Record<string, unknown> => {
    const bound: Record<string, unknown> = {}
    for (const [key, member] of Object.entries(value as object)) {
      const field = fields.find((each) => goFold(each) === goFold(key))
      if (field !== undefined) bound[field] = member
    }
    return bound
  }
  const message = bind(JSON.parse(text), ['method', 'params', 'id'])
  const params = message['params']
  const isObject = typeof params === 'object' && params !== null
  return { method: message['method'], name: isObject && bind(params, ['name', 'uri'])['name'] }
}

function goFold(name: string): string {
  return [...name]
    .map((each) => (each === 'ſ' ? 'S' : each === 'K' ? 'K' : each.toUpperCase()))
    .join('')
}

it('an accepted message has the same meaning for a parser that folds names', () => {
  const name = fc.constantFrom('name', 'Name', 'NAME', 'nam\u0065', 'x', 'uri')
  const member = fc.constantFrom('method', 'Method', 'params', 'Params', 'param\u017f', 'id', 'x')
  const value = fc.oneof(
    fc.constantFrom('read', 'delete'),
    fc.dictionary(name, fc.constantFrom('read', 'delete')),
  )
  fc.assert(
    fc.property(fc.dictionary(member, value), (message) => {
      const text = JSON.stringify(message)
      const ours = parseJsonRpcText(text, true)
      if (!ours.ok) return
      for (const { method, params } of ours.value) {
        const own = typeof params === 'object' && params !== null && Object.hasOwn(params, 'name')
        const name = own ? (params as { name: unknown }).name : undefined
        const theirs = goReads(text) as { method: unknown; name: unknown }
        expect([theirs.method, theirs.name || undefined]).toEqual([method, name])
      }
    }),
  )
})
