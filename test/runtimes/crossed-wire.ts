/** Sends a case byte for byte, and reads what of the response must be the same everywhere. */

import { connect } from 'node:net'
import type { Case } from './crossed-cases.ts'

export interface Result {
  readonly status: number
  readonly fields: Readonly<Record<string, string>>
  readonly body: string
  /** What the handler saw; `undefined`: it did not run. */
  readonly handled: unknown
}

/** Fields that the library sets, and those of the handlers. */
const COMPARED = new Set([
  ...['www-authenticate', 'vary', 'cache-control', 'allow', 'retry-after', 'location', 'etag'],
  ...['access-control-allow-origin', 'access-control-allow-methods', 'set-cookie', 'expires'],
  ...['access-control-allow-headers', 'access-control-expose-headers', 'content-type'],
  ...['access-control-max-age', 'access-control-allow-credentials'],
])

/** The response, with session ids and nonces by their presence, and these themselves. */
export async function sendCase(
  origin: string,
  further: Readonly<Record<string, string>>,
  sent: Case,
) {
  const pauses = !/core|hono/.test(further['X-Guard'] ?? '')
  const text = await exchange(origin, headOf(sent, further), sent, pauses)
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const lines = head.split('\r\n')
  const all: Record<string, string> = {}
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(':')
    const [name, value] = [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    all[name] = name in all ? `${all[name]}, ${value}` : value
  }
  const fields = Object.fromEntries(Object.entries(all).filter(([name]) => COMPARED.has(name)))
  const { 'mcp-session-id': session, 'dpop-nonce': nonce } = all
  if (session !== undefined) fields['mcp-session-id'] = session.length > 30 ? 'sealed' : session
  if (nonce !== undefined) fields['dpop-nonce'] = 'present'
  const body = isChunked(head) ? unchunked(rest.join('\r\n\r\n')) : rest.join('\r\n\r\n')
  return { status: Number(lines[0]?.split(' ')[1]), fields, body, session, nonce }
}

function headOf({ method, target, fields, body, cut }: Case, further: object): string {
  const framing =
    cut === undefined
      ? { 'Content-Length': Buffer.byteLength(body ?? '') }
      : { 'Transfer-Encoding': 'chunked' }
  const lines = Object.entries({
    ...{ Host: 'rs.example', Connection: 'close' },
    ...further,
    ...(body === undefined ? {} : framing),
  })
  const all = [...lines, ...fields].map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${target} HTTP/1.1\r\n${all.join('')}\r\n`
}

/** How the body is framed: with its length, or in two chunks. */
function framed({ body = '', cut }: Case): Buffer[] {
  const bytes = Buffer.from(body)
  if (cut === undefined) return [bytes]
  const parts = [bytes.subarray(0, cut), bytes.subarray(cut)].filter(({ length }) => length > 0)
  const chunks = parts.map((part) =>
    Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]),
  )
  return [...chunks, Buffer.from('0\r\n\r\n')]
}

/**
 * @param pauses Whether the chunks come one after the other. Only the adapters wait for the rest of a rejected request:
 * other hosts may close the connection, and the client loses the response.
 */
function exchange(origin: string, head: string, sent: Case, pauses: boolean): Promise<string> {
  const { hostname, port } = new URL(origin)
  const parts = sent.body === undefined ? [] : framed(sent)
  return new Promise((resolve) => {
    let received = ''
    const socket = connect(Number(port), hostname, async () => {
      if (!pauses) {
        socket.write(Buffer.concat([Buffer.from(head), ...parts]))
        return
      }
      socket.write(head)
      for (const part of parts) {
        socket.write(part)
        await new Promise((resume) => setTimeout(resume, 5))
      }
    })
    socket
      .setEncoding('latin1')
      .on('data', (chunk: string) => {
        received += chunk
        // workerd keeps the connection.
        if (isWhole(received, sent.method)) socket.destroy()
      })
      .on('error', () => {})
      .on('close', () => resolve(received))
  })
}

function isWhole(text: string, method: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return false
  const [head, body] = [text.slice(0, end), text.slice(end + 4)]
  if (method === 'HEAD' || /^HTTP\/1.1 (204|304)/.test(head)) return true
  const length = /^content-length: *(\d+)/im.exec(head)?.[1]
  return length === undefined
    ? isChunked(head) && /(^|\r\n)0\r\n\r\n$/.test(body)
    : body.length >= Number(length)
}

function isChunked(head: string): boolean {
  return /^transfer-encoding: *chunked/im.test(head)
}

function unchunked(text: string): string {
  return text.replace(/(?:^|\r\n)[\da-f]+\r\n/gi, '').replace(/\r\n$/, '')
}
