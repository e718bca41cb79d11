/** Keys of policies: every valid key can match, and the message for an invalid key names a valid one. */

import {
  ClientNotificationSchema,
  ClientRequestSchema,
  ServerNotificationSchema,
  ServerRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyProblem } from '../../src/config/operation-keys.ts'
import {
  clientMethods,
  isMcpMethod,
  NAME_SOURCES,
  nameSourceOf,
  SERVER_METHODS,
} from '../../src/contract/methods.ts'
import { parseOperation } from '../../src/mcp/operation.ts'
import { createOperationRules, splitOperationKey } from '../../src/mcp/policy.ts'
import { BOUNDS, SEED, TIMEOUT } from '../support/fuzz.ts'

const CLIENT_METHODS = clientMethods()
const CUSTOM = new Set(['notes/export', 'vendor.sync'])

function problemOf(key: string): string | undefined {
  return keyProblem(key, CUSTOM)
}

const SPELT = "the MCP method is 'tools/call', and a name follows it after one space"
const UNKNOWN =
  'no MCP client sends this method; methods of your own server belong in customMethods'
const BARE = 'a key is a method, one space and a name'
const PATTERN = 'names are compared exactly; patterns are not supported'
const BLANKS = 'the name must follow one space and have no other white space around it'
const TEMPLATE = 'URI templates are not expanded'
const NO_URI = 'the name is not an absolute URI'

describe('keyProblem() names the nearest valid key for', () => {
  it.each([
    // A tool without its method
    ['delete_note', BARE, 'tools/call delete_note'],
    ['ring', BARE, 'tools/call ring'],
    ['__proto__', BARE, 'tools/call __proto__'],
    ['constructor', BARE, 'tools/call constructor'],
    ['prompt greet', BARE, 'prompts/get greet'],
    ['tools/delete_note', UNKNOWN, 'tools/call delete_note'],
    ['tools/list_notes', UNKNOWN, 'tools/call list_notes'],
    ['tool:delete_note', UNKNOWN, 'tools/call delete_note'],
    ['task:7', UNKNOWN, 'tasks/get 7'],
    ['file:///a', UNKNOWN, 'resources/read file:///a'],
    ['note://x/{id}', UNKNOWN, 'resources/read'],
    // Other separators
    ['tools/call:delete_note', SPELT, 'tools/call delete_note'],
    ['tools/call/delete_note', SPELT, 'tools/call delete_note'],
    ['tools/call.delete_note', SPELT, 'tools/call delete_note'],
    ['tools/call_delete_note', SPELT, 'tools/call delete_note'],
    ['tools/call-delete', SPELT, 'tools/call delete'],
    ['tools/call#delete', SPELT, 'tools/call delete'],
    ['tools/call, delete', SPELT, 'tools/call delete'],
    ['tools/call(delete)', SPELT, 'tools/call delete'],
    ['tools/call[delete]', SPELT, 'tools/call delete'],
    ['tools.call delete', SPELT, 'tools/call delete'],
    ['tools call delete', SPELT, 'tools/call delete'],
    ['toolsCall delete', SPELT, 'tools/call delete'],
    ['/tools/call delete', SPELT, 'tools/call delete'],
    ['tools//call', SPELT, 'tools/call'],
    [
      'resources/read:file:///a/b',
      SPELT.replace('tools/call', 'resources/read'),
      'resources/read file:///a/b',
    ],
    // Another case
    ['Tools/Call x', SPELT, 'tools/call x'],
    ['TOOLS/CALL', SPELT, 'tools/call'],
    ['logging/setlevel', SPELT.replace('tools/call', 'logging/setLevel'), 'logging/setLevel'],
    // White space
    ['tools/call\tx', SPELT, 'tools/call x'],
    ['tools/call\u00a0x', SPELT, 'tools/call x'],
    [' tools/call x', SPELT, 'tools/call x'],
    ['tools/call\n', SPELT, 'tools/call'],
    ['tools/call  x', BLANKS, 'tools/call x'],
    ['tools/call x ', BLANKS, 'tools/call x'],
    ['tools/call x\u3000', BLANKS, 'tools/call x'],
    ['tools/call x\ty', BLANKS, 'tools/call x y'],
    ['tools/call x\u0000', BLANKS, 'tools/call'],
    ['resources/read  file:///a', BLANKS, 'resources/read file:///a'],
    ['tools/call ', 'the name after the space is empty', 'tools/call'],
    ['', 'it is empty', 'tools/call'],
    [' ', 'it is empty', 'tools/call'],
    // Other methods
    ['tool/call', UNKNOWN, 'tools/call'],
    ['tool/call delete_note', UNKNOWN, 'tools/call delete_note'],
    ['tools/calls', UNKNOWN, 'tools/call'],
    ['tools/calll x', UNKNOWN, 'tools/call x'],
    ['initialise', UNKNOWN, 'initialize'],
    ['pings', UNKNOWN, 'ping'],
    ['notifications/initialised', UNKNOWN, 'notifications/initialized'],
    ['note/export', UNKNOWN, 'notes/export'],
    ['vendor/other', UNKNOWN, 'tools/call vendor/other'],
    // Methods without names
    ['tools/list x', 'calls of tools/list have no name', 'tools/list'],
    ['ping x', 'calls of ping have no name', 'ping'],
    ['ping ', 'calls of ping have no name', 'ping'],
    [
      'subscriptions/listen note://x',
      'calls of subscriptions/listen have no name',
      'subscriptions/listen',
    ],
    ['notes/export x', 'calls of custom methods have no names', 'notes/export'],
    // Patterns and templates
    ['tools/call delete_*', PATTERN, 'tools/call'],
    ['tools/call *', PATTERN, 'tools/call'],
    ['tools/call a*b', PATTERN, 'tools/call'],
    ['prompts/get gre*', PATTERN, 'prompts/get'],
    ['tasks/cancel *', PATTERN, 'tasks/cancel'],
    ['completion/complete gre*', PATTERN, 'completion/complete'],
    ['completion/complete note://{a*}/*', PATTERN, 'completion/complete'],
    ['resources/read file:///notes/*', PATTERN, 'resources/read'],
    ['resources/read file:///notes/**', PATTERN, 'resources/read'],
    ['resources/subscribe file:///*/diary.txt', PATTERN, 'resources/subscribe'],
    ['resources/read *', PATTERN, 'resources/read'],
    ['tools/*', 'patterns are not supported', 'tools/call'],
    ['*/*', 'patterns are not supported', '*'],
    ['* x', 'patterns are not supported', '*'],
    ['**', 'patterns are not supported', '*'],
    ['tools/call {name}', TEMPLATE, 'tools/call'],
    ['prompts/get a{b}', TEMPLATE, 'prompts/get'],
    ['resources/read note://{id}', TEMPLATE, 'resources/read'],
    ['tasks/get {id}', TEMPLATE, 'tasks/get'],
    // URIs that are never sent, or never compared
    ['resources/read x', NO_URI, 'resources/read'],
    // No valid request contains a lone surrogate.
    ['tools/call a\ud800', BLANKS, 'tools/call'],
    ['prompts/get \udfffa', BLANKS, 'prompts/get'],
    ['completion/complete \ud800', BLANKS, 'completion/complete'],
    ['resources/read /a/b', NO_URI, 'resources/read'],
    ['resources/unsubscribe note://x:port', NO_URI, 'resources/unsubscribe'],
    ['resources/read file:///a%00', NO_URI, 'resources/read'],
    ['resources/read file:///a%2Fb', NO_URI, 'resources/read'],
    ['resources/read note://x\\y', NO_URI, 'resources/read'],
    [
      'resources/read file:///a#b',
      'URIs are compared without their fragment',
      'resources/read file:///a',
    ],
    [
      'resources/read note://x/#',
      'URIs are compared without their fragment',
      'resources/read note://x/',
    ],
    // What only servers send
    ['sampling/createMessage', 'only servers send sampling/createMessage', 'tools/call'],
    ['notifications/message', 'only servers send notifications/message', 'logging/setLevel'],
    ['notifications/message x', 'only servers send notifications/message', 'logging/setLevel'],
    ['roots/list', 'only servers send roots/list', 'notifications/roots/list_changed'],
    ['elicitation/create', 'only servers send elicitation/create', 'tools/call'],
    [
      'notifications/elicitation/complete',
      'only servers send notifications/elicitation/complete',
      'tools/call',
    ],
    [
      'notifications/prompts/list_changed',
      'only servers send notifications/prompts/list_changed',
      'prompts/list',
    ],
    [
      'notifications/resources/list_changed',
      'only servers send notifications/resources/list_changed',
      'resources/list',
    ],
    [
      'notifications/resources/updated',
      'only servers send notifications/resources/updated',
      'resources/subscribe',
    ],
    [
      'notifications/tools/list_changed',
      'only servers send notifications/tools/list_changed',
      'tools/list',
    ],
    [
      'notifications/subscriptions/acknowledged',
      'only servers send notifications/subscriptions/acknowledged',
      'subscriptions/listen',
    ],
    ['notifications/tasks', 'only servers send notifications/tasks', 'tasks/get'],
  ])('%j', (key, fault, nearest) => {
    expect(problemOf(key)).toBe(`can never match: ${fault}; the nearest valid key is '${nearest}'`)
  })
})

describe('keyProblem() accepts', () => {
  it.each([...CLIENT_METHODS, '*', ...CUSTOM])('%s', (key) => {
    expect(problemOf(key)).toBeUndefined()
  })

  it.each([
    'tools/call delete_note',
    'tools/call Delete.Note-2/x',
    'tools/call two words',
    'tools/call a: b',
    'tools/call {',
    'tools/call ä#1',
    'tools/call 削除',
    'prompts/get greet',
    'resources/read file:///notes/diary.txt',
    'resources/read note://x/a b',
    'resources/read urn:isbn:0451450523',
    'resources/read note://x/2*3',
    'resources/read note://x/%2A',
    'resources/read note://x/a?b=*&c',
    'resources/subscribe HTTPS://Files.Example/a/../b',
    'completion/complete greet',
    'completion/complete note://{shelf}/{+path*}',
    'completion/complete note://{shelf}{#part}',
    'tasks/update 786512e2-9e0d-44bd-8f29-789f320fe840',
  ])('%s', (key) => {
    expect(problemOf(key)).toBeUndefined()
  })
})

describe(`keyProblem(), seed ${SEED}`, { timeout: TIMEOUT }, () => {
  const part = fc.constantFrom(
    ...['tools', 'tool', 'call', 'list', 'prompts', 'get', 'resources', 'read', 'ping', 'tasks'],
    ...['/', ' ', '  ', '\t', ':', '.', '*', '{', '}', '#', '_', 'x', 'note://x', 'file:///', 'A'],
    ...['completion/complete', 'notes/export', 'notifications/message', '__proto__', '%00', '\\'],
  )
  const key = fc.oneof(
    fc.array(part, { maxLength: 7 }).map((parts) => parts.join('')),
    fc.tuple(fc.constantFrom(...CLIENT_METHODS), fc.string()).map((parts) => parts.join(' ')),
    fc.string(),
  )

  it('names only keys that are valid themselves', () => {
    fc.assert(
      fc.property(key, (text) => {
        const problem = problemOf(text)
        if (problem === undefined) return
        const [, nearest] = /; the nearest valid key is '(.*)'$/s.exec(problem) ?? []
        expect(nearest).toMatch(/./s)
        expect(problemOf(String(nearest))).toBeUndefined()
      }),
      BOUNDS,
    )
  })

  it('accepts only keys that a call can match', () => {
    fc.assert(
      fc.property(key, (text) => {
        if (problemOf(text) !== undefined || text === '*') return
        const { method, name } = splitOperationKey(text)
        const rules = createOperationRules({ [text]: ['found'] })
        const operation = parseOperation({
          method,
          params: paramsOf(method, name),
          isNotification: false,
        })
        if (!operation.ok) throw new Error(`No call can be ${text}.`)
        if (rules.kind !== 'table') throw new Error('Not a table.')
        expect(rules.find(operation.value.operation)).toEqual(['found'])
      }),
      BOUNDS,
    )
  })
})

function paramsOf(method: string, name: string | undefined): unknown {
  const source = nameSourceOf(method)
  if (source === undefined || name === undefined) return {}
  return source === 'ref' ? { ref: { name } } : { [source]: name }
}

describe('the table of methods', () => {
  type Schemas = readonly { readonly shape: { readonly method: { readonly value: string } } }[]
  const methodsOf = (...unions: readonly { readonly options: unknown }[]): string[] =>
    unions.flatMap(({ options }) => (options as Schemas).map(({ shape }) => shape.method.value))

  it('contains all methods that clients of the SDK send', () => {
    const sent = methodsOf(ClientRequestSchema, ClientNotificationSchema)
    expect(sent.length).toBeGreaterThan(20)
    expect(sent.filter((method) => !isMcpMethod(method))).toEqual([])
    // What the SDK for MCP 2025-11-25 does not know is of 2026-07-28 and its extension for tasks.
    expect(CLIENT_METHODS.filter((method) => !sent.includes(method))).toEqual([
      'tasks/update',
      'server/discover',
      'subscriptions/listen',
    ])
  })

  it('lists separately all methods that only servers of the SDK send', () => {
    const sent = methodsOf(ServerRequestSchema, ServerNotificationSchema)
    const onlyServers = sent.filter((method) => !isMcpMethod(method))
    expect(onlyServers.length).toBeGreaterThan(8)
    expect(onlyServers.filter((method) => !Object.hasOwn(SERVER_METHODS, method))).toEqual([])
    expect(Object.keys(SERVER_METHODS).filter((method) => !sent.includes(method))).toEqual([
      'notifications/subscriptions/acknowledged',
      'notifications/tasks',
    ])
  })

  it('gives the member of the name, for other methods by their prefix', () => {
    expect(CLIENT_METHODS.filter((method) => nameSourceOf(method) !== undefined)).toEqual(
      Object.keys(NAME_SOURCES),
    )
    expect(
      ['resources/delete', 'tasks/pause', 'tools/run', 'constructor', ''].map(nameSourceOf),
    ).toEqual(['uri', 'taskId', undefined, undefined, undefined])
  })
})
