/** The function in docs/guides/decisions.md decides as the guide says. */

import { protect, protectedResource, verifyAccessToken, visible } from 'mcp-gatehouse'
import { describe, expect, it } from 'vitest'
import { decide } from '../../examples/recipes/refunds.ts'
import { createTestIssuer } from '../../src/testing/index.ts'
import { ISSUER, METADATA_URL, RESOURCE } from '../support/issuer.ts'
import { message, post } from '../support/mcp.ts'
import { expectRejection } from '../support/rejection.ts'

describe('examples/recipes/refunds.ts', () => {
  const issuer = createTestIssuer({ issuer: ISSUER, resource: RESOURCE })

  async function refund(args?: unknown, token?: string): Promise<[Response, number]> {
    const notes = protectedResource({
      resource: RESOURCE,
      authorizationServers: [ISSUER],
      operations: decide,
      fetch: issuer.fetch,
    })
    let calls = 0
    const handle = protect(notes, () => new Response(`call ${++calls}`))
    const request = new Request(
      RESOURCE,
      post(message('tools/call', { name: 'refund', arguments: args })),
    )
    if (token !== undefined) request.headers.set('Authorization', `Bearer ${token}`)
    return [await handle(request), calls]
  }

  it('names the scope to a request without a token', async () => {
    const [rejection, calls] = await refund({ amount: 5 })
    await expectRejection(rejection, {
      status: 401,
      scope: 'refunds',
      resourceMetadata: METADATA_URL,
    })
    expect(calls).toBe(0)
  })

  it.each([[undefined], [{}], [{ amount: 500 }], [{ amount: '5' }]])(
    'denies a call with the arguments %j, which is no outage',
    async (args) => {
      const [rejection, calls] = await refund(args, await issuer.token({ scope: 'refunds' }))
      expect([rejection.status, rejection.headers.get('WWW-Authenticate'), calls]).toEqual([
        403,
        null,
        0,
      ])
      expect(await rejection.json()).toMatchObject({ error: 'access_denied' })
    },
  )

  it('hides the tool in a filtered list, which is decided without arguments', async () => {
    const notes = protectedResource({
      resource: RESOURCE,
      authorizationServers: [ISSUER],
      operations: decide,
      fetch: issuer.fetch,
    })
    const scope = 'notes:write refunds'
    const token = await issuer.token({ scope })
    const auth = await verifyAccessToken(token, notes, {}, { body: null })
    const tools = [{ name: 'list_notes' }, { name: 'refund' }]
    expect(await visible(notes, auth, 'tools/call', tools)).toEqual([{ name: 'list_notes' }])
  })

  it('accepts a small refund of a user on duty', async () => {
    const token = await issuer.token({ scope: 'refunds' })
    expect((await refund({ amount: 5 }, token))[0].status).toBe(200)
  })
})
