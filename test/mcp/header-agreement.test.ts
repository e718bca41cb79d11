/** Mcp-Method and Mcp-Name compared with the body, before normalisation. */

import { describe, expect, it } from 'vitest'
import { allowsBatch, doHeadersAgree } from '../../src/mcp/header-agreement.ts'
import { type NamedOperation, parseOperation } from '../../src/mcp/operation.ts'

function operation(method: string, params?: unknown, isNotification = false): NamedOperation {
  const outcome = parseOperation({ method, params, isNotification })
  if (!outcome.ok) throw new Error(outcome.error)
  return outcome.value
}

const CALL = operation('tools/call', { name: 'foo' })
const LATEST = { 'MCP-Protocol-Version': '2026-07-28' }

function agree(headers: Record<string, string>, ...operations: NamedOperation[]): boolean {
  return doHeadersAgree(operations, new Headers(headers))
}

describe('doHeadersAgree()', () => {
  it.each([
    ['both', { 'Mcp-Method': 'tools/call', 'Mcp-Name': 'foo' }],
    ['names in any case', { 'mcp-method': 'tools/call', 'MCP-NAME': 'foo' }],
    ['the encoded form', { 'Mcp-Method': 'tools/call', 'Mcp-Name': '=?base64?Zm9v?=' }],
  ])('accepts %s', (_, headers) => {
    expect(agree(headers, CALL)).toBe(true)
    expect(agree({ ...LATEST, ...headers }, CALL)).toBe(true)
  })

  it.each([
    ['another method', { 'Mcp-Method': 'tools/list', 'Mcp-Name': 'foo' }],
    ['a method in another case', { 'Mcp-Method': 'TOOLS/CALL', 'Mcp-Name': 'foo' }],
    ['another name', { 'Mcp-Method': 'tools/call', 'Mcp-Name': 'bar' }],
    ['a name in another case', { 'Mcp-Method': 'tools/call', 'Mcp-Name': 'Foo' }],
    ['two names', { 'Mcp-Method': 'tools/call', 'Mcp-Name': 'foo, foo' }],
    ['an encoded method', { 'Mcp-Method': '=?base64?dG9vbHMvY2FsbA==?=', 'Mcp-Name': 'foo' }],
    ['another encoded name', { 'Mcp-Method': 'tools/call', 'Mcp-Name': '=?base64?YmFy?=' }],
    ['base64 without padding', { 'Mcp-Method': 'tools/call', 'Mcp-Name': '=?base64?Zm9vCg?=' }],
    ['base64 that is none', { 'Mcp-Method': 'tools/call', 'Mcp-Name': '=?base64?***?=' }],
    ['base64 that is not UTF-8', { 'Mcp-Method': 'tools/call', 'Mcp-Name': '=?base64?/w==?=' }],
  ])('rejects %s, in every revision', (_, headers) => {
    expect(agree(headers, CALL)).toBe(false)
    expect(agree({ ...LATEST, ...headers }, CALL)).toBe(false)
  })

  it('compares the URI before its normalisation', () => {
    const read = operation('resources/read', { uri: 'file:///a/../b' })
    const method = { 'Mcp-Method': 'resources/read' }
    expect(agree({ ...method, 'Mcp-Name': 'file:///a/../b' }, read)).toBe(true)
    expect(agree({ ...method, 'Mcp-Name': 'file:///b' }, read)).toBe(false)
  })

  it('rejects a name that the body does not have', () => {
    const nameless = operation('tools/call', {})
    expect(agree({ 'Mcp-Name': 'foo' }, nameless)).toBe(false)
    expect(agree({ 'Mcp-Name': 'foo' }, operation('tools/list'))).toBe(true)
  })

  it('accepts an encoded name that looks encoded itself', () => {
    const odd = operation('tools/call', { name: '=?base64?Zm9v?=' })
    expect(agree({ 'Mcp-Name': '=?base64?Zm9v?=' }, odd)).toBe(false)
    expect(agree({ 'Mcp-Name': `=?base64?${btoa('=?base64?Zm9v?=')}?=` }, odd)).toBe(true)
  })

  it.each([
    ['2025-11-25', true],
    ['2026-07-27', true],
    ['x2026-07-28', true],
    ['z2026-07-28', true],
    ['2026-07-28x', true],
    ['20260-07-28', true],
    ['2026-07-28', false],
    ['2027-01-01', false],
    ['DRAFT-2026-v1', true],
  ])('with missing headers under %s: %s', (revision, expected) => {
    const version = { 'MCP-Protocol-Version': revision }
    expect(agree(version, CALL)).toBe(expected)
    expect(agree({ ...version, 'Mcp-Method': 'tools/call' }, CALL)).toBe(expected)
    expect(agree({ ...version, 'Mcp-Name': 'foo' }, CALL)).toBe(expected)
  })

  it.each([
    ['tools/call', { name: 'x' }],
    ['prompts/get', { name: 'x' }],
    ['resources/read', { uri: 'x:y' }],
    ['tasks/get', { taskId: 'x' }],
    ['tasks/update', { taskId: 'x' }],
    ['tasks/cancel', { taskId: 'x' }],
  ])('requires the name of %s', (method, params) => {
    const headers = { ...LATEST, 'Mcp-Method': method }
    expect(agree(headers, operation(method, params))).toBe(false)
    expect(
      agree({ ...headers, 'Mcp-Name': Object.values(params)[0] ?? '' }, operation(method, params)),
    ).toBe(true)
  })

  it('requires no name where the body has none', () => {
    expect(agree({ ...LATEST, 'Mcp-Method': 'tools/call' }, operation('tools/call', {}))).toBe(true)
  })

  it('compares a name that is optional', () => {
    const completion = operation('completion/complete', { ref: { name: 'x' } })
    expect(agree({ 'Mcp-Name': 'x' }, completion)).toBe(true)
    expect(agree({ 'Mcp-Name': 'y' }, completion)).toBe(false)
  })

  it.each([
    ['=?base64??=', '', true],
    ['=?base64?***?=', '', false],
    ['=?base64?Zm9v?=', 'foo', true],
    ['=?base64?77u/Zm9v?=', '\ufefffoo', true],
    ['=?base64?77u/Zm9v?=', 'foo', false],
    ['x=?base64?Zm9v?=', 'foo', false],
    ['x=?base64?Zm9v?=', 'x=?base64?Zm9v?=', true],
    ['=?base64?Zm9v?=x', '=?base64?Zm9v?=x', true],
    ['=?base64?Zm 9v?=', 'foo', false],
    ['=?base64?*Zm9v?=', 'foo', false],
    ['=?base64?Zg?=', 'f', false],
    ['=?base64?/w==?=', '\ufffd', false],
    ['=?base64?Zg==?=', 'f', true],
    ['=?base64?Zm8=?=', 'fo', true],
  ])('reads the name %s as %j: %s', (sent, name, expected) => {
    expect(agree({ 'Mcp-Name': sent }, operation('tools/call', { name }))).toBe(expected)
  })

  it('requires no header before 2026-07-28', () => {
    expect(agree({}, CALL)).toBe(true)
    expect(agree(LATEST)).toBe(true)
    expect(agree(LATEST, operation('notifications/cancelled', {}, true))).toBe(true)
    expect(agree({ ...LATEST, 'Mcp-Method': 'tools/list' }, operation('tools/list'))).toBe(true)
    const completion = operation('completion/complete', { ref: { name: 'x' } })
    expect(agree({ ...LATEST, 'Mcp-Method': 'completion/complete' }, completion)).toBe(true)
  })

  it('compares the headers with every message of a batch', () => {
    const other = operation('tools/call', { name: 'bar' })
    const headers = { 'Mcp-Method': 'tools/call', 'Mcp-Name': 'foo' }
    expect(agree(headers, CALL, CALL)).toBe(true)
    expect(agree(headers, CALL, other)).toBe(false)
    expect(agree({ 'Mcp-Method': 'tools/call' }, CALL, other)).toBe(true)
  })
})

describe('allowsBatch()', () => {
  it.each<[string | undefined, boolean]>([
    [undefined, true],
    ['2024-11-05', true],
    ['2025-03-26', true],
    ['2025-06-17', true],
    ['2025-06-18', false],
    ['2025-11-25', false],
    ['2026-07-28', false],
    ['', false],
    ['2025', false],
    ['draft', false],
  ])('%s: %s', (revision, expected) => {
    const headers = new Headers(revision === undefined ? {} : { 'MCP-Protocol-Version': revision })
    expect(allowsBatch(headers)).toBe(expected)
  })
})
