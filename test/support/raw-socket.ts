/** An HTTP client that sends request targets and hosts to the byte: others would write them anew. */

import { connect } from 'node:net'

export interface RawSent {
  readonly method?: string
  readonly target: string
  readonly host?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface RawReceived {
  readonly status: number
  readonly head: string
  readonly body: string
}

/** Sends one request on a connection of its own. */
export function sendRaw(origin: string, sent: RawSent): Promise<RawReceived> {
  const { hostname, port } = new URL(origin)
  const { method = 'GET', target, host = 'rs.example', headers = {} } = sent
  const fields = { Host: host, Connection: 'close', ...headers }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`)
    })
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk)).on('error', reject)
    socket.on('close', () => {
      const [head = '', ...rest] = Buffer.concat(chunks).toString().split('\r\n\r\n')
      resolve({ status: Number(head.split(' ')[1]), head, body: rest.join('\r\n\r\n') })
    })
  })
}
