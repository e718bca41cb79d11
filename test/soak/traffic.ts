/** The requests of a long run, each with the statuses that are right for it. */

import { connect } from 'node:net'
import type { AuthorizationServer } from './authorization-server.ts'

export interface User {
  readonly subject: string
  token: string
  period: number
  session: string | undefined
}

export interface Outcome {
  readonly action: string
  readonly traceId: string
  /** `undefined` for a request without a response. */
  readonly status: number | undefined
  readonly problem: string | undefined
}

export interface Traffic {
  readonly server: AuthorizationServer
  readonly origin: string
  readonly users: readonly User[]
  /** Whether documents failed within the last seconds, so that a request may be a 503. */
  isRecovering(): boolean
}

type Action = (traffic: Traffic, user: User) => Promise<Omit<Outcome, 'action'>>

const READ = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
const WRITE = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'write' } }

export const ABORTED = 'an aborted request'

/** Actions with their weights. */
const ACTIONS: readonly (readonly [string, number, Action])[] = [
  ['a good token', 60, async (traffic, user) => send(traffic, user.token, READ, [200], user)],
  ['a missing scope', 5, (traffic, user) => send(traffic, user.token, WRITE, [403])],
  ['no token', 5, (traffic) => send(traffic, undefined, READ, [401])],
  ['random text', 5, (traffic) => send(traffic, crypto.randomUUID(), READ, [401])],
  ['another audience', 4, (traffic, user) => bad(traffic, user, { aud: 'https://other.example' })],
  ['an expired token', 4, (traffic, user) => bad(traffic, user, { exp: seconds() - 3600 })],
  ['a forged signature', 4, (traffic, user) => bad(traffic, user, {}, { isForged: true })],
  ['an unknown key', 4, (traffic, user) => bad(traffic, user, {}, { kid: crypto.randomUUID() })],
  ['a new session', 3, openSession],
  ['an own session', 3, ownSession],
  ['a session of another user', 3, foreignSession],
  ['a slow body', 1, (traffic, user) => sendSlowly(traffic, user, 200, [200])],
  ['a body without an end', 1, (traffic, user) => sendSlowly(traffic, user, 5000, [408])],
  [ABORTED, 2, abort],
]
const TOTAL = ACTIONS.reduce((sum, [, weight]) => sum + weight, 0)

/** Sends one request of a kind chosen at random. */
export async function act(traffic: Traffic): Promise<Outcome> {
  const [name, action] = chooseAction()
  const user = traffic.users[Math.floor(Math.random() * traffic.users.length)] as User
  await refresh(traffic, user)
  return { action: name, ...(await action(traffic, user)) }
}

function chooseAction(): readonly [string, Action] {
  let rest = Math.random() * TOTAL
  for (const [name, weight, action] of ACTIONS) {
    rest -= weight
    if (rest < 0) return [name, action]
  }
  throw new Error('The weights do not add up.')
}

/** Gets a token of this period, and keeps one of the period before now and then. */
async function refresh({ server, origin }: Traffic, user: User): Promise<void> {
  if (user.period === server.period) return
  if (user.period === server.period - 1 && Math.random() < 0.9) return
  const { period } = server
  user.token = await server.sign(claimsFor(origin, user))
  user.period = period
}

function claimsFor(origin: string, { subject }: User): Record<string, unknown> {
  return {
    aud: `${origin}/mcp`,
    sub: subject,
    scope: 'read',
    iat: seconds(),
    exp: seconds() + 7200,
  }
}

async function bad(
  traffic: Traffic,
  user: User,
  claims: Record<string, unknown>,
  changes: Parameters<AuthorizationServer['sign']>[1] = {},
) {
  const token = await traffic.server.sign(
    { ...claimsFor(traffic.origin, user), ...claims },
    changes,
  )
  // What needs a fetch to decide may be a 503 at any time: the budget for unknown keys is used up.
  const isUndecided = changes.kid !== undefined || changes.isForged === true
  return send(traffic, token, READ, isUndecided ? [401, 503] : [401])
}

async function openSession(traffic: Traffic, user: User) {
  const message = { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} }
  return send(traffic, user.token, message, [200], user, undefined, (response) => {
    user.session = response.headers.get('Mcp-Session-Id') ?? undefined
  })
}

async function ownSession(traffic: Traffic, user: User) {
  return send(traffic, user.token, READ, [200], user, user.session)
}

async function foreignSession(traffic: Traffic, user: User) {
  const other = traffic.users.find((each) => each.session !== undefined && each !== user)
  const expected = other === undefined ? [200] : [404]
  return send(traffic, user.token, READ, expected, undefined, other?.session)
}

async function send(
  { origin, isRecovering }: Traffic,
  token: string | undefined,
  message: object,
  expected: readonly number[],
  owner?: User,
  session?: string,
  read: (response: Response) => void = () => {},
) {
  const traceId = newTraceId()
  const headers = new Headers({
    'Content-Type': 'application/json',
    traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
  })
  if (token !== undefined) headers.set('Authorization', `Bearer ${token}`)
  if (session !== undefined) headers.set('Mcp-Session-Id', session)
  const mayFail = token !== undefined && isRecovering()
  const init = { method: 'POST', headers, body: JSON.stringify(message) }
  // The server may close an idle connection while the next request is on its way.
  const response = await fetch(`${origin}/mcp`, init).catch(() => undefined)
  if (response === undefined) return { traceId, status: undefined, problem: undefined }
  await response.arrayBuffer()
  read(response)
  const { status } = response
  const subject = response.headers.get('X-Subject')
  const isRight = expected.includes(status) || (status === 503 && (mayFail || isRecovering()))
  if (!isRight) return { traceId, status, problem: `${status} instead of ${expected.join(' or ')}` }
  const isOwn = owner === undefined || status !== 200 || subject === owner.subject
  return { traceId, status, problem: isOwn ? undefined : `the context of ${subject}` }
}

/** Sends the first half of a body, waits, and sends the rest. */
async function sendSlowly(
  { origin, isRecovering }: Traffic,
  { token }: User,
  waitMs: number,
  expected: readonly number[],
) {
  const traceId = newTraceId()
  const { hostname, port, host } = new URL(origin)
  const body = JSON.stringify(READ)
  const head = [
    'POST /mcp HTTP/1.1',
    `Host: ${host}`,
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    `traceparent: 00-${traceId}-00f067aa0ba902b7-01`,
    'Connection: close',
  ]
  const socket = connect(Number(port), hostname)
  socket.setEncoding('utf8')
  let text = ''
  socket.on('data', (chunk: string) => {
    text += chunk
  })
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => resolve())
    socket.on('error', () => resolve())
  })
  socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 10)}`)
  const timer = setTimeout(() => socket.write(body.slice(10)), waitMs)
  const limit = setTimeout(() => socket.destroy(), 10_000)
  await closed
  clearTimeout(timer)
  clearTimeout(limit)
  const [, code] = /^HTTP\/1\.1 (\d{3})/.exec(text) ?? []
  const status = code === undefined ? undefined : Number(code)
  const isRight =
    status !== undefined && (expected.includes(status) || (status === 503 && isRecovering()))
  return {
    traceId,
    status,
    problem: isRight ? undefined : `${status} instead of ${expected.join(' or ')}`,
  }
}

async function abort({ origin }: Traffic, { token }: User) {
  const traceId = newTraceId()
  const headers = {
    Authorization: `Bearer ${token}`,
    'Content-Type': 'application/json',
    traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
  }
  const signal = AbortSignal.timeout(Math.ceil(Math.random() * 5))
  const init = { method: 'POST', headers, body: JSON.stringify(READ), signal }
  const response = await fetch(`${origin}/mcp`, init).catch(() => undefined)
  await response?.arrayBuffer().catch(() => undefined)
  return { traceId, status: undefined, problem: undefined }
}

function newTraceId(): string {
  return crypto.randomUUID().replaceAll('-', '')
}

function seconds(): number {
  return Math.floor(Date.now() / 1000)
}
