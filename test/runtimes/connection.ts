/** What becomes of a connection on which a request was rejected. */

import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { isWhole } from '../support/raw-socket.ts'
import type { Stage } from './run.ts'

export function testConnections({ scene, origin }: Stage): void {
  test('keeps a connection on which a rejected request has arrived', async () => {
    const token = `Authorization: Bearer ${await scene.servers.token({})}\r\n`
    const { responses, close } = await converse(origin(), [
      `${headOf(3)}abc`,
      `${headOf(3, token)}abc`,
    ])
    expect(responses[0]).toMatch(/^HTTP\/1\.1 401 /)
    expect(responses[0]).not.toMatch(/^connection: close/im)
    expect(responses[1]).toMatch(/^HTTP\/1\.1 200 /)
    close()
  })

  test('gives the handler a whole body whose parts came before it was read', async () => {
    const token = await scene.servers.token({})
    const socket = connect(Number(new URL(origin()).port), '127.0.0.1').setNoDelay()
    const fields = `Authorization: Bearer ${token}\r\nContent-Length: 3000\r\nConnection: close\r\n`
    socket.write(`POST /mcp/patient HTTP/1.1\r\nHost: rs.example\r\n${fields}\r\n`)
    for (const letter of 'abc') {
      await new Promise((resolve) => setTimeout(resolve, 10))
      socket.write(letter.repeat(1000))
    }
    const response = Buffer.concat(await socket.toArray()).toString()
    expect(response).toContain(['a', 'b', 'c'].map((letter) => letter.repeat(1000)).join(''))
  })

  test('announces the end of a connection on which a rejected request has not arrived', async () => {
    const { responses, close } = await converse(origin(), [`${headOf(100_000)}abc`])
    expect(responses[0]).toMatch(/^HTTP\/1\.1 401 /)
    expect(responses[0]).toMatch(/^connection: close\r$/im)
    close()
  })
}

/** Sends parts of requests on one connection, each after the response to the one before it. */
async function converse(origin: string, parts: readonly string[]) {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1')
  const responses: string[] = []
  let isClosed = false
  socket.on('data', (chunk) => responses.push(`${responses.pop()}${chunk}`))
  socket.on('close', () => {
    isClosed = true
  })
  for (const part of parts) {
    responses.push('')
    socket.write(part)
    while (!isClosed && !isWhole(responses.at(-1) ?? '')) {
      await Promise.race([once(socket, 'data'), once(socket, 'close')])
    }
  }
  return { responses, close: () => socket.destroy() }
}

function headOf(length: number, field = ''): string {
  return `POST /mcp HTTP/1.1\r\nHost: rs.example\r\nContent-Length: ${length}\r\n${field}\r\n`
}
