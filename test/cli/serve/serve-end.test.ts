/** How a process of `mcp-gatehouse serve` ends, and what it waits for. */

import { once } from 'node:events'
import { Agent, createServer, get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import type { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createClient } from '../../support/http-client.ts'
import { portOf, start } from '../../support/node-server.ts'
import { RESOURCE_OPTIONS, writeConfig } from '../../support/serve-config.ts'
import { runServeProcess, serve, token } from '../../support/serve-process.ts'
import { startUpstream } from '../../support/upstream.ts'

describe('serve', () => {
  it('ends in good order when the reader of its log has gone', async () => {
    const upstream = await startUpstream()
    const { child, client, err, ended } = await serve({
      resource: RESOURCE_OPTIONS,
      upstream: upstream.url,
    })
    child.stdout?.destroy()
    // The first write may succeed: the system has not seen yet that nothing reads.
    while (!/ending/.test(err()) && child.exitCode === null) {
      await client.send({ path: '/mcp' }).catch(() => {})
    }
    expect(await ended).toBe(1)
    expect(err()).toContain(
      'The standard output is closed, so that decisions cannot be logged: ending\n',
    )
    expect(err()).not.toMatch(/^\s+at .*:\d+/m)
  })

  it('ends when the last request has ended, and cuts off the rest at a second signal', async () => {
    let finish = (): void => {}
    const upstream = await start(
      createServer((req, res) => {
        req.resume()
        res.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n')
        finish = () => res.end('data: 2\n\n')
      }),
    )
    const config = {
      resource: RESOURCE_OPTIONS,
      upstream: `http://127.0.0.1:${portOf(upstream)}/`,
    }
    const first = await serve(config)
    const headers = { authorization: `Bearer ${await token()}` }
    const response = await openStream(first.url, headers.authorization)
    first.child.kill('SIGTERM')
    while (!first.err().includes('SIGTERM')) await once(first.child.stderr as Readable, 'data')
    await expect(createClient(first.url).send({ path: '/healthz' })).rejects.toThrow()
    finish()
    expect(await response.rest()).toContain('data: 2')
    expect(await first.ended).toBe(0)

    const second = await serve(config)
    const open = await openStream(second.url, headers.authorization)
    second.child.kill('SIGTERM')
    while (!second.err().includes('SIGTERM')) await once(second.child.stderr as Readable, 'data')
    second.child.kill('SIGTERM')
    expect(await second.ended).toBe(0)
    await open.rest()
  })

  it('keeps idle connections for longer than a minute, but not when it ends', async () => {
    const finish: (() => void)[] = []
    const upstream = await start(
      createServer((req, res) => {
        req.resume()
        finish.push(() => res.end('done'))
        res.writeHead(200).write('begun, ')
      }),
    )
    const config = {
      resource: RESOURCE_OPTIONS,
      upstream: `http://127.0.0.1:${portOf(upstream)}/`,
    }
    const { url, child, ended, err } = await serve(config)
    const agent = new Agent({ keepAlive: true })
    const headers = { authorization: `Bearer ${await token()}` }
    const ask = async () => (await once(get(`${url}/mcp`, { agent, headers }), 'response'))[0]
    const responses = [await ask(), await ask()]
    const textOf = async (response: IncomingMessage) =>
      Buffer.concat(await response.toArray()).toString()
    for (const response of responses) expect(response.headers['keep-alive']).toBe('timeout=75')
    child.kill('SIGTERM')
    while (!err().includes('SIGTERM')) await once(child.stderr as Readable, 'data')
    for (const [index, response] of responses.entries()) {
      const closed = once(response.socket, 'close')
      finish[index]?.()
      // The end of the grace period would cut the second one off.
      expect(await textOf(response)).toBe('begun, done')
      await closed
    }
    expect(await ended).toBe(0)
    agent.destroy()
  })

  it('exits 1 where the address is in use', async () => {
    const taken = await start(createServer())
    const upstream = 'http://127.0.0.1:9000/mcp'
    const config = {
      listen: `127.0.0.1:${portOf(taken)}`,
      resource: RESOURCE_OPTIONS,
      upstream,
    }
    const { ended, err } = runServeProcess([await writeConfig(config)])
    expect(await ended).toBe(1)
    expect(err()).toContain('EADDRINUSE')
  })
})

/** A stream whose first event has come. */
async function openStream(url: string, authorization: string) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write(
    `POST /mcp HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\nContent-Length: 0\r\n\r\n`,
  )
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  while (!text.includes('data: 1')) await once(socket, 'data')
  return {
    async rest() {
      socket.end()
      if (!socket.closed) await once(socket, 'close').catch(() => {})
      return text
    },
  }
}
