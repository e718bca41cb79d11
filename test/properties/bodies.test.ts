/** For any body: nothing throws, the body stays readable, and every call is checked against its rule. */

import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { authenticate } from '../../src/index.ts'
import {
  BOUNDS,
  changed,
  changesOf,
  isSound,
  oddJson,
  SEED,
  spoiled,
  TIMEOUT,
} from '../support/fuzz.ts'
import { createIssuer, RESOURCE, type TestIssuer } from '../support/issuer.ts'
import { callTool } from '../support/mcp.ts'
import { createScene } from '../support/scene.ts'

const REJECTED = [400, 401, 403, 413]

let issuer: TestIssuer
let token: string

beforeAll(async () => {
  issuer = await createIssuer()
  token = await issuer.token()
})

const words = fc.constantFrom('"tools/call"', '"tools/list"', '"wipe"', '"look"', '"Wipe"', '"2.0"')
const value = fc.oneof(oddJson, words, words)
const params = changesOf(['name', 'uri', 'arguments', 'n\u{61}me', '__proto__'], value).chain(
  (changes) =>
    fc.constantFrom('wipe', 'look').map((name) => changed({ name, arguments: {} }, changes)),
)
const call = fc
  .tuple(params, changesOf(['jsonrpc', 'id', 'method', 'params', 'result', 'toString'], value))
  .map(([inner, changes]) => {
    const text = changed({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: '@' }, changes)
    return text.replace('"@"', () => inner)
  })
const bodies = fc.oneof(
  call,
  fc.array(call, { maxLength: 3 }).map((calls) => `[${calls.join(',')}]`),
  spoiled(JSON.stringify(callTool('wipe')), '{}[]",:\\ua0 \u{feff}'),
  spoiled(JSON.stringify([callTool('look'), callTool('wipe')]), '{}[]",:\\ua0 '),
  oddJson,
  fc.nat(200).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
)

/** The body as a handler reads it. */
function callsWipe(body: string): boolean {
  if (body === '') return false
  const parsed: unknown = JSON.parse(body)
  return [parsed].flat().some((each) => {
    const { method, params } = (each ?? {}) as { method?: unknown; params?: { name?: unknown } }
    return method === 'tools/call' && params?.name === 'wipe'
  })
}

function post(body: string, headers: Record<string, string> = {}): Request {
  return new Request(RESOURCE, { method: 'POST', headers, body })
}

describe(`authenticate() with operations, seed ${SEED}`, { timeout: TIMEOUT }, () => {
  const seen = { passed: 0, rejected: 0 }

  it('checks every call against its rule, and leaves the body unchanged', async () => {
    const { resource } = await createScene({ issuer, operations: { 'tools/call wipe': ['admin'] } })
    const property = fc.asyncProperty(bodies, async (body) => {
      const request = post(body, { Authorization: `Bearer ${token}` })
      const passed = isSound(await authenticate(request, resource), REJECTED)
      seen[passed ? 'passed' : 'rejected']++
      // As bytes: text() removes a byte order mark.
      expect(Buffer.from(await request.arrayBuffer())).toEqual(Buffer.from(body))
      if (passed) expect(callsWipe(body)).toBe(false)
    })
    await fc.assert(property, BOUNDS)
    expect(seen.passed).toBeGreaterThan(5)
    expect(seen.rejected).toBeGreaterThan(50)
  })

  it('allows anonymous callers public operations only', async () => {
    const operations = { 'tools/call look': 'public' } as const
    const { resource } = await createScene({ issuer, operations })
    const property = fc.asyncProperty(bodies, async (body) => {
      const outcome = await authenticate(post(body), resource, { optional: true })
      if (!isSound(outcome, [...REJECTED, 405])) return
      expect(body).not.toBe('')
      expect([JSON.parse(body)].flat().map(({ method }) => method)).not.toContain('tools/list')
      expect(callsWipe(body)).toBe(false)
      expect(outcome.ok && outcome.operations.every(({ name }) => name === 'look')).toBe(true)
    })
    await fc.assert(property, BOUNDS)
  })
})
