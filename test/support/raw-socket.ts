/** An HTTP client that sends the given request target and host byte for byte; other clients rewrite them. */

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
    const parts = () => partsOf(Buffer.concat(chunks).toString())
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      // Not every server closes the connection because it is asked to.
      if (isComplete(parts())) socket.destroy()
    })
    socket.on('error', reject).on('close', () => {
      const { head, body } = parts()
      resolve({ status: Number(head.split(' ')[1]), head, body: unchunked(head, body) })
    })
  })
}

/** Whether this is a whole response, of a stated length or in chunks. */
export function isWhole(response: string): boolean {
  return response.includes('\r\n\r\n') && isComplete(partsOf(response))
}

function partsOf(response: string): { readonly head: string; readonly body: string } {
  const [head = '', ...rest] = response.split('\r\n\r\n')
  return { head, body: rest.join('\r\n\r\n') }
}

function isComplete({ head, body }: { readonly head: string; readonly body: string }): boolean {
  const length = /^content-length: *(\d+)/im.exec(head)?.[1]
  if (length !== undefined) return Buffer.byteLength(body) >= Number(length)
  return isChunked(head) && /(^|\r\n)0\r\n/.test(body)
}

function unchunked(head: string, body: string): string {
  return isChunked(head) ? body.replace(/(?:^|\r\n)[\da-f]+\r\n/gi, '') : body
}

function isChunked(head: string): boolean {
  return /^transfer-encoding: *chunked/im.test(head)
}
