/** Decisions by Cedar: the example of docs/guides/decisions.md. */

import { readFileSync } from 'node:fs'
import { deny, type OperationDecision, protect, protectedResource } from 'mcp-gatehouse'
import { createTestIssuer } from 'mcp-gatehouse/testing'
import { describe, expect, it } from 'vitest'
import { message, post } from '../../support/mcp.ts'
import { cedarDecision } from './cedar-decision.ts'

const RESOURCE = 'https://api.example.com/notes'
const POLICIES = `
permit (principal, action == Action::"tools/call", resource == Item::"refund")
when { context.arguments.amount <= 100 };
permit (principal, action == Action::"tools/call", resource)
when { context.scopes.contains("notes:admin") };
forbid (principal == User::"https://issuer.test#mallory", action, resource);
forbid (principal, action, resource == Item::"export")
when { context.arguments.target == "outside" };
`

async function call(
  params: unknown,
  claims: Record<string, unknown> = {},
  operations: OperationDecision = cedarDecision(POLICIES),
): Promise<{ status: number; challenge: string | null; runs: number }> {
  const issuer = createTestIssuer({ resource: RESOURCE })
  let runs = 0
  const handle = protect(
    protectedResource({
      resource: RESOURCE,
      authorizationServers: [issuer.issuer],
      fetch: (url, init) => issuer.fetch(url, init),
      onEvent: () => undefined,
      operations,
    }),
    () => new Response(`run ${++runs}`),
  )
  const headers = { Authorization: `Bearer ${await issuer.token({ sub: 'alice', ...claims })}` }
  const response = await handle(new Request(RESOURCE, post(message('tools/call', params), headers)))
  return { status: response.status, challenge: response.headers.get('WWW-Authenticate'), runs }
}

const PASSED = { status: 200, challenge: null, runs: 1 }
const DENIED = { status: 403, challenge: null, runs: 0 }
const FAILED = { status: 503, challenge: null, runs: 0 }
const refund = (amount: unknown) => ({ name: 'refund', arguments: { amount } })

describe('cedarDecision()', () => {
  it('is the example of the guide', () => {
    const source = readFileSync(new URL('cedar-decision.ts', import.meta.url), 'utf8')
    expect(readFileSync('docs/guides/decisions.md', 'utf8')).toContain(`\`\`\`ts\n${source}\`\`\``)
  })

  it('decides by arguments, scopes and user', async () => {
    expect(await call(refund(100))).toEqual(PASSED)
    expect(await call(refund(101))).toEqual(DENIED)
    expect(await call(refund(101), { scope: 'notes:admin' })).toEqual(PASSED)
    expect(await call(refund(1), { sub: 'mallory' })).toEqual(DENIED)
    expect(await call({ name: 'list' })).toEqual(DENIED)
    expect(await call({ name: 'list' }, { sub: undefined })).toEqual(DENIED)
  })

  it('denies arguments that Cedar cannot represent', async () => {
    for (const amount of [null, 0.5]) expect(await call(refund(amount))).toEqual(DENIED)
  })

  it('is a 503 where a policy fails, because Cedar goes on without it', async () => {
    const admin = { scope: 'notes:admin' }
    const outside = { name: 'export', arguments: { target: 'outside' } }
    expect(await call(outside, admin)).toEqual(DENIED)
    // Without the argument the `forbid` fails, and Cedar allows the call.
    expect(await call({ name: 'export' }, admin)).toEqual(FAILED)
    expect(await call(refund('1'))).toEqual(FAILED)
  })

  it('rejects a request without a token, and policies that do not parse', async () => {
    expect(() => cedarDecision('permit (principal')).toThrow()
    const decide = cedarDecision(POLICIES)
    const args = { arguments: () => ({}) }
    expect(decide({ method: 'tools/call', name: 'refund' }, undefined, args)).toBeUndefined()
    expect(deny('x')).toEqual({ denied: 'x' })
  })
})
