/** One behaviour of the runtime suite: its requests, and the responses that every runtime gives. */

import type { Client, Received, Sent } from '../support/http-client.ts'
import { type AuthorizationServers, NOW, type TokenSpec } from './authorization-server.ts'

export interface Scene {
  readonly client: Client
  readonly servers: AuthorizationServers
}

export interface Behaviour {
  readonly title: string
  /** The number of runs of the handler: a rejection must not run it. */
  readonly runs: number
  act(scene: Scene): Promise<unknown>
  readonly expected: unknown
}

/** A request. Its token is signed and sent as Bearer. */
export interface Question extends Sent {
  readonly token?: TokenSpec | undefined
}

/** The response without what belongs to the transport. */
interface ExpectedResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** Framing, dates and compression differ from server to server. */
const TRANSPORT = ['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding']

export const METADATA = '/.well-known/oauth-protected-resource'
const METADATA_URL = `https://rs.example${METADATA}/mcp`
export const PLACE = '/placed/metadata?v=1'
export const PLACED_METADATA_URL = `https://rs.example${PLACE}`
export const DECIDED_METADATA_URL = `https://rs.example${METADATA}/decided`
export const TOOLS_METADATA_URL = `https://rs.example${METADATA}/tools`
export const HURRIED_METADATA_URL = `https://rs.example${METADATA}/hurried`

const EXPOSED = 'WWW-Authenticate, DPoP-Nonce, Mcp-Session-Id, MCP-Protocol-Version, Retry-After'
const PUBLIC = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'ETag',
}
export const JSON_TYPE = { 'content-type': 'application/json' }
export const ORIGIN = { origin: 'https://app.example' }
export const FOR_ORIGIN = {
  'access-control-allow-origin': 'https://app.example',
  'access-control-expose-headers': EXPOSED,
}

export const DOCUMENT: ExpectedResponse = {
  status: 200,
  headers: {
    ...JSON_TYPE,
    ...PUBLIC,
    'cache-control': 'max-age=300',
    etag: '"1w5ecmjdpr2f4"',
  },
  body: {
    resource: 'https://rs.example/fixed',
    authorization_servers: ['https://as.example'],
    scopes_supported: ['read', 'write'],
    bearer_methods_supported: ['header'],
  },
}
export const NO_DOCUMENT: ExpectedResponse = {
  status: 404,
  headers: { ...JSON_TYPE, ...PUBLIC, 'cache-control': 'no-store' },
  body: { error: 'not_found', error_description: 'No resource or document is served at this URL.' },
}
export const WRONG_METHOD: ExpectedResponse = {
  status: 405,
  headers: {
    ...JSON_TYPE,
    ...PUBLIC,
    'cache-control': 'no-store',
    allow: 'GET, HEAD, OPTIONS',
  },
  body: {
    error: 'invalid_request',
    error_description: 'Only GET, HEAD and OPTIONS are allowed.',
  },
}
export const UNAVAILABLE: ExpectedResponse = {
  status: 503,
  headers: { ...JSON_TYPE, 'cache-control': 'no-store', 'retry-after': '5', vary: 'Origin' },
  body: {
    error: 'temporarily_unavailable',
    error_description: 'The access token cannot be checked right now.',
  },
}

export const DENIED: ExpectedResponse = {
  status: 403,
  headers: { ...JSON_TYPE, 'cache-control': 'no-store', vary: 'Origin' },
  body: { error: 'access_denied', error_description: 'This operation is not permitted.' },
}

export const MALFORMED = 'The request or its credentials are malformed.'
export const NOT_VALID =
  'The access token is expired, revoked, malformed or not meant for this resource.'
export const LACKS_SCOPE = 'The access token lacks a scope that this request needs.'
export const NO_CREDENTIALS = challenge(401, 'unauthorized', 'An access token is required.', 'read')
export const INVALID_REQUEST = challenge(400, 'invalid_request', MALFORMED)
export const INVALID_TOKEN = challenge(401, 'invalid_token', NOT_VALID, 'read')

export const PASSED = { 'cache-control': 'private', vary: 'Origin' }
export const GOOD: ExpectedResponse = {
  status: 200,
  headers: { ...JSON_TYPE, ...PASSED },
  body: {
    runs: 'counted',
    subject: 'user-1',
    clientId: 'client-1',
    scopes: ['read'],
    scheme: 'Bearer',
    audience: ['https://rs.example/mcp'],
    expiresAt: NOW + 3600,
  },
}

/** All byte values, and more bytes than fit into one chunk. */
export const BYTES = Uint8Array.from({ length: 1_000_003 }, (_, index) => (index * index) % 251)

/** A good request, to see how often the handler ran before it. */
export async function countRuns(scene: Scene): Promise<number> {
  const credentials = `Bearer ${await scene.servers.token({})}`
  const { body } = await scene.client.send({
    path: '/mcp',
    headers: { authorization: credentials },
  })
  return (JSON.parse(body.toString()) as { runs: number }).runs
}

export function responds(
  title: string,
  question: Question,
  expected: ExpectedResponse,
  runs = expected.body === GOOD.body ? 1 : 0,
): Behaviour {
  return { title, runs, act: (scene) => send(scene, question), expected }
}

export function challenge(
  status: number,
  error: string,
  description: string,
  scope?: string,
  metadataUrl = METADATA_URL,
): ExpectedResponse {
  const params = [
    ...(error === 'unauthorized' ? [] : [`error="${error}", error_description="${description}"`]),
    ...(scope === undefined ? [] : [`scope="${scope}"`]),
    `resource_metadata="${metadataUrl}"`,
  ]
  return {
    status,
    headers: {
      ...JSON_TYPE,
      'cache-control': 'no-store',
      vary: 'Origin',
      'www-authenticate': `Bearer ${params.join(', ')}`,
    },
    body: { error, error_description: description },
  }
}

export async function send(
  { client, servers }: Scene,
  { token, ...sent }: Question,
): Promise<ExpectedResponse> {
  const bearer = token && { authorization: `Bearer ${await servers.token(token)}` }
  return observe(await client.send({ ...sent, headers: { ...bearer, ...sent.headers } }))
}

export function observe({ status, headers, body }: Received): ExpectedResponse {
  const kept = Object.entries(headers).filter(([name]) => !TRANSPORT.includes(name))
  const isJson = headers['content-type'] === 'application/json' && body.length > 0
  const value = isJson ? JSON.parse(body.toString()) : body.toString()
  if (isJson && 'runs' in value) value.runs = 'counted'
  return { status, headers: Object.fromEntries(kept), body: value }
}
