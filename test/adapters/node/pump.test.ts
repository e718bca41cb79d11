/** Bodies that have no chunk when their head is due. */

import { Agent, type ServerResponse } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it, onTestFinished, vi } from 'vitest'
import { protect } from '../../../adapters/node/index.ts'
import { bearer, listen } from '../../support/node-server.ts'
import { setUp } from '../../support/setup-resource.ts'

it('cuts off only the response with a field that Node does not send, and cancels its body', async () => {
  const { resource, issuer } = await setUp()
  const print = vi.spyOn(console, 'error').mockImplementation(() => {})
  const cancelled = Promise.withResolvers<string>()
  let waiting = 0
  const listener = protect(resource, async (request) => {
    const path = new URL(request.url).pathname
    waiting += 1
    while (waiting < 2) await turn()
    const body = new ReadableStream({
      async pull(controller) {
        for (let turns = 0; turns < 3; turns++) await turn()
        controller.enqueue(Buffer.from('late'))
        controller.close()
      },
      cancel: () => cancelled.resolve(path),
    })
    return new Response(body, { headers: { 'X-Own': path === '/mcp/bad' ? 'a\u0001b' : 'ab' } })
  })
  const client = await listen(listener)
  const headers = bearer(await issuer.token())
  const [bad, good] = await Promise.allSettled(
    ['/mcp/bad', '/mcp/good'].map((path) => client.send({ path, headers })),
  )
  expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'ECONNRESET' } })
  expect(good).toMatchObject({ status: 'fulfilled', value: { status: 200 } })
  expect(await cancelled.promise).toBe('/mcp/bad')
  expect(print.mock.calls).toEqual([[expect.objectContaining({ code: 'ERR_INVALID_CHAR' })]])
  print.mockRestore()
})

it.each<[string, (res: ServerResponse) => unknown, HeadersInit]>([
  ['with a field that Node does not send', () => {}, { 'X-Own': 'a\u0001b' }],
  ['that a middleware has destroyed', (res) => res.destroy(), {}],
])('cancels the body of a response %s', async (_what, disturb, headers) => {
  const { resource, issuer } = await setUp()
  const print = vi.spyOn(console, 'error').mockImplementation(() => {})
  const cancelled = Promise.withResolvers<void>()
  let isCancelled = false
  const listener = protect(resource, (_request, _auth, _req, res) => {
    const body = new ReadableStream({
      start(controller) {
        for (const text of ['one', 'two']) controller.enqueue(Buffer.from(text))
        setImmediate(() => {
          disturb(res)
          if (!isCancelled) controller.enqueue(Buffer.from('three'))
        })
      },
      cancel() {
        isCancelled = true
        cancelled.resolve()
      },
    })
    return new Response(body, { headers })
  })
  const client = await listen(listener)
  await expect(
    client.send({ path: '/mcp', headers: bearer(await issuer.token()) }),
  ).rejects.toMatchObject({ code: 'ECONNRESET' })
  await cancelled.promise
  print.mockRestore()
})

it('goes on with the next request where a handler has read a part of the body', async () => {
  const { resource, issuer } = await setUp()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  const sockets = new Set<unknown>()
  const listener = protect(resource, async (request, _auth, req) => {
    sockets.add(req.socket)
    const reader = request.body?.getReader()
    const first = await reader?.read()
    reader?.releaseLock()
    return new Response(`${(first?.value?.length ?? 0) > 0}`)
  })
  const client = await listen(listener, agent)
  const headers = bearer(await issuer.token())
  for (let count = 0; count < 3; count++) {
    const body = 'x'.repeat(1_000_000)
    const response = await client.send({ method: 'POST', path: '/mcp', headers, body })
    expect([response.status, response.body.toString()]).toEqual([200, 'true'])
  }
  expect(sockets.size).toBe(1)
})
