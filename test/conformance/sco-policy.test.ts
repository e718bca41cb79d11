/** SCO: the configuration of operation policies and custom methods. */

import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { operationProblemPaths, operationProblems } from '../support/config-cases.ts'
import { callTool, message, post } from '../support/mcp.ts'
import { OPERATIONS } from '../support/operations-scene.ts'
import {
  bearer,
  createScene,
  expectAccepted,
  expectRejected,
  insufficientScope,
} from '../support/scene.ts'

const BLANK =
  "contains white space or '*'; custom methods have no names, and patterns are not supported"

describe('the policy', () => {
  it.each([
    ['a pattern', { 'tools/*': ['a'] }, "operations['tools/*']"],
    ['a pattern of names', { 'tools/call *': ['a'] }, "operations['tools/call *']"],
    ['no name after the space', { 'tools/call ': ['a'] }, "operations['tools/call ']"],
    ['nothing', { '': ['a'] }, "operations['']"],
    ['a space first', { ' tools/call': ['a'] }, "operations[' tools/call']"],
    ['a tab', { 'tools/call\tx': ['a'] }, "operations['tools/call\tx']"],
    ['two spaces', { 'tools/call  x': ['a'] }, "operations['tools/call  x']"],
    ['a space last', { 'tools/call x ': ['a'] }, "operations['tools/call x ']"],
    ['a name for a method without names', { 'tools/list x': ['a'] }, "operations['tools/list x']"],
    ['a name after *', { '* x': ['a'] }, "operations['* x']"],
    ['an invalid URI', { 'resources/read x': ['a'] }, "operations['resources/read x']"],
    ['a string as a rule', { 'tools/call': 'a' }, "operations['tools/call']"],
    ['public in another case', { 'tools/call': 'Public' }, "operations['tools/call']"],
    ['a scope with a space', { 'tools/call': ['a b'] }, "operations['tools/call'][0]"],
    ['a scope that is not a string', { 'tools/call': [1] }, "operations['tools/call']"],
    ['a list of holes', { 'tools/call': new Array(2) }, "operations['tools/call']"],
    ['an anyOf of holes', { 'tools/call': { anyOf: new Array(1) } }, "operations['tools/call']"],
    ['an empty anyOf', { 'tools/call': { anyOf: [] } }, "operations['tools/call'].anyOf"],
    ['an anyOf that is a string', { 'tools/call': { anyOf: 'a' } }, "operations['tools/call']"],
    [
      'an anyOf with another member',
      { 'tools/call': { anyOf: ['a'], all: [] } },
      "operations['tools/call']",
    ],
  ])('must not contain %s', (_, operations, path) => {
    expect(operationProblemPaths(operations)).toEqual([path])
  })

  it.each([
    ['delete_note', 'tools/call delete_note'],
    ['tools/call:delete_note', 'tools/call delete_note'],
    ['tools/call/delete_note', 'tools/call delete_note'],
    ['tools/call.delete_note', 'tools/call delete_note'],
    ['tools.call delete_note', 'tools/call delete_note'],
    ['Tools/Call delete_note', 'tools/call delete_note'],
    ['tools/call  delete_note', 'tools/call delete_note'],
    ['tools/call\tdelete_note', 'tools/call delete_note'],
    ['tools/call delete_note ', 'tools/call delete_note'],
    ['tools/call delete_*', 'tools/call'],
    ['tools/call *', 'tools/call'],
    ['tools/call {name}', 'tools/call'],
    ['tools/call ', 'tools/call'],
    ['tool/call', 'tools/call'],
    ['tools/calls', 'tools/call'],
    ['tools/list delete_note', 'tools/list'],
    ['ping x', 'ping'],
    ['prompts/get gre*t', 'prompts/get'],
    ['resources/read file:///notes/*', 'resources/read'],
    ['resources/read note://{id}', 'resources/read'],
    ['resources/read notes', 'resources/read'],
    ['resources/read file:///notes/diary.txt#x', 'resources/read file:///notes/diary.txt'],
    ['sampling/createMessage', 'tools/call'],
    ['notifications/message', 'logging/setLevel'],
    ['vendor/custom x', 'vendor/custom'],
    ['__proto__', 'tools/call __proto__'],
  ])('SCO-16: with the key %j, which never matches, gets the hint %j', (key, nearest) => {
    const problems = operationProblems(
      { ...OPERATIONS, ...own(key) },
      { customMethods: ['vendor/custom'] },
    )
    expect(problems.map(({ path }) => path)).toEqual([`operations['${key}']`])
    expect(problems[0]?.message).toMatch(/^can never match: /)
    expect(problems[0]?.message.endsWith(`; the nearest valid key is '${nearest}'`)).toBe(true)
  })

  it.each([
    ['a Map', new Map([['tools/call', ['a']]])],
    ['rules in the prototype', Object.create({ 'tools/call delete_note': ['write'] })],
    [
      'rules in a class',
      new (class Rules {
        'tools/call' = ['a']
      })(),
    ],
    ['a date', new Date(0)],
    ['symbols', { [Symbol('tools/call')]: ['a'] }],
    ['a key that is not enumerable', Object.defineProperty({}, 'tools/call', { value: ['a'] })],
  ])('SCO-16: with %s is a configuration error', (_, operations) => {
    expect(operationProblemPaths(operations)).toEqual(['operations'])
  })

  it.each([
    ['an object without a prototype', Object.assign(Object.create(null), { 'tools/call': ['a'] })],
    ['an object of another realm', runInNewContext("({ 'tools/call': ['a'] })")],
    ['rules that are undefined', { 'tools/call x': undefined, 'tools/call': undefined }],
  ])('may be %s', (_, operations) => {
    expect(operationProblemPaths(operations)).toEqual([])
  })

  it('applies the rule of the method where that of a name is undefined', async () => {
    const scene = await createScene({
      operations: { 'tools/call x': undefined, 'tools/call': ['write'], '*': undefined },
    })
    await expectRejected(
      scene,
      scene.ask(await bearer(scene), post(callTool('x'))),
      insufficientScope('write'),
    )
    await expectAccepted(scene, scene.ask(await bearer(scene), post(message('tools/list'))))
  })

  it.each([
    ['resources/read file:///a', 'resources/read FILE:///a'],
    ['resources/read file:///a', 'resources/read file:///%61'],
    ['resources/read file:///a', 'resources/read file:///a?'],
    ['resources/read file:///a', 'resources/read file:////a?x'],
    ['resources/subscribe note://x', 'resources/subscribe note://X/'],
    ['resources/read note://x/a,b', 'resources/read note://x/a%2Cb'],
  ])('SCO-16: must not contain one URI twice: %s and %s', (one, other) => {
    expect(operationProblems({ [one]: ['a'], [other]: ['b'] })).toEqual([
      {
        path: `operations['${other}']`,
        message: `has the same meaning as '${one}'; remove one of them`,
      },
    ])
  })

  it('may contain every other key', () => {
    const operations = {
      '*': [],
      'tools/call': { anyOf: ['a', 'b'] },
      'tools/call two words': ['a'],
      'prompts/get greet': 'public',
      'resources/read note://x/1': ['a'],
      'resources/subscribe note://x/1': ['a'],
      'completion/complete x://{a}': ['a'],
      'tasks/cancel t1': ['a'],
      'subscriptions/listen': ['a'],
      'server/discover': 'public',
      'notifications/initialized': 'public',
      'vendor/custom': ['a'],
    }
    expect(operationProblems(operations, { customMethods: ['vendor/custom'] })).toEqual([])
    expect(operationProblemPaths(() => undefined)).toEqual([])
  })
})

describe('customMethods', () => {
  it('have rules like those of MCP, without names', async () => {
    const scene = await createScene({
      customMethods: ['vendor/export'],
      operations: { 'vendor/export': ['export'], '*': ['other'] },
    })
    const body = post(message('vendor/export', { name: 'x' }))
    await expectRejected(scene, scene.ask(await bearer(scene), body), insufficientScope('export'))
    const auth = await expectAccepted(scene, scene.ask(await bearer(scene, 'export'), body))
    expect(auth.operations).toEqual([{ method: 'vendor/export' }])
    const unknown = post(message('vendor/import'))
    await expectRejected(scene, scene.ask(await bearer(scene), unknown), insufficientScope('other'))
  })

  it.each([
    ['tools/call', 'is an MCP method; operations can have rules for it without this entry'],
    [
      'subscriptions/listen',
      'is an MCP method; operations can have rules for it without this entry',
    ],
    ['roots/list', 'is a method of MCP that only servers send'],
    [
      'Tools/Call',
      "differs from the MCP method 'tools/call' only in case; methods are case-sensitive",
    ],
    ['', 'is empty; give the name of a JSON-RPC method'],
    ['*', BLANK],
    ['vendor/*', BLANK],
    ['vendor/export x', BLANK],
    [' vendor/export', BLANK],
    ['vendor\texport', BLANK],
    ['vendor\u0000', BLANK],
    // No valid request contains a lone surrogate.
    ['vendor\ud800', BLANK],
  ])('SCO-16: must not be %j', (method, message) => {
    const problems = operationProblems({}, { customMethods: ['vendor/a', method] })
    expect(problems).toEqual([{ path: 'customMethods[1]', message }])
  })

  it('SCO-16: are validated without operations, too, and must not repeat an MCP method', () => {
    expect(operationProblems(undefined, { customMethods: ['a', 'b', 'a'] })).toEqual([
      { path: 'customMethods[2]', message: 'is a duplicate; remove it' },
    ])
    expect(operationProblems(undefined, { customMethods: 'a' as never })).toEqual([
      { path: 'customMethods', message: 'expected an array, found a string' },
    ])
  })
})

/** A rule under exactly this key, `__proto__` included. */
function own(key: string): Record<string, unknown> {
  return Object.fromEntries([[key, ['a']]])
}
