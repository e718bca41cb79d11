/** The OAuth provider of the AT Protocol on loopback, with one user and a storage in memory. */

import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { oauthMiddleware } from '@atproto/oauth-provider/middleware'
import { JoseKey, OAuthProvider } from '@atproto/oauth-provider/provider'
import type { Fetch } from 'mcp-gatehouse'
import type { Page } from './referee.ts'

export const USER = 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa'
/** The server with the data of the user. */
export const PDS = 'did:web:pds.example'
export const LOOPBACK = 'http://127.0.0.1/callback'
/** A client of loopback names its metadata in its ID. Other IDs are https URLs of documents. */
export const CLIENT = `http://localhost?${new URLSearchParams({
  redirect_uri: LOOPBACK,
  scope: 'atproto transition:generic notes:read',
})}`

const ACCOUNT = { did: USER, pds: PDS, deactivated: false, handle: 'alice.example.com' }

export interface Atproto {
  readonly issuer: string
  /** Requests pages as a browser does, and everything else as a program. */
  readonly call: Fetch
  /** Signs in, and consents. */
  visit(page: Page): Promise<string>
  stop(): void
}

/** @param claims what the hook `onCreateToken` changes in access tokens */
export async function startAtproto(claims: Record<string, unknown> = {}): Promise<Atproto> {
  const http = createServer()
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const issuer = `http://127.0.0.1:${(http.address() as { port: number }).port}`
  const provider = new OAuthProvider({
    issuer,
    // Without `key_ops`, which the provider then publishes for every use.
    keyset: [await JoseKey.generate(['ES256'], 'key-1')],
    store: createStore() as unknown as ConstructorParameters<typeof OAuthProvider>[0]['store'],
    onCreateToken: (context: { readonly claims: object }) => ({ ...context.claims, ...claims }),
  })
  http.on('request', oauthMiddleware(provider))
  return {
    issuer,
    call: async (url, init) =>
      (init?.method ?? 'GET') === 'GET' && url.startsWith(`${issuer}/oauth/`)
        ? navigate(url, new Headers(init?.headers))
        : fetch(url, init),
    visit: (page) => consent(issuer, page),
    stop: () => void http.close(),
  }
}

type Row = Record<string, unknown>

/** The methods of the storage that a login, a refresh and a revocation call. */
function createStore() {
  const requests = new Map<string, Row>()
  const devices = new Map<string, Row>()
  const sessions = new Map<string, Row>()
  const tokens = new Map<
    string,
    Row & { data: Row; currentRefreshToken: unknown; old: unknown[] }
  >()
  const authorizedClients = new Map<string, Row>()
  const find = (test: (token: Row & { data: Row; old: unknown[] }) => boolean) =>
    [...tokens.values()].find(test) ?? null
  const store = {
    authenticateAccount: () => ACCOUNT,
    getAccount: () => ({ account: ACCOUNT, authorizedClients }),
    setAuthorizedClient: (_did: string, id: string, data: Row) => authorizedClients.set(id, data),
    upsertDeviceAccount(deviceId: string) {
      const now = new Date()
      const known = { account: ACCOUNT, authorizedClients, createdAt: now, updatedAt: now }
      sessions.set(deviceId, { deviceId, deviceData: devices.get(deviceId), ...known })
    },
    getDeviceAccount: (deviceId: string) => sessions.get(deviceId) ?? null,
    listDeviceAccounts: ({ deviceId }: { readonly deviceId: string }) =>
      [sessions.get(deviceId)].filter((each) => each !== undefined),
    createDevice: (id: string, data: Row) => devices.set(id, data),
    readDevice: (id: string) => devices.get(id) ?? null,
    updateDevice: (id: string, data: Row) => Object.assign(devices.get(id) ?? {}, data),
    createRequest: (id: string, data: Row) => requests.set(id, data),
    readRequest: (id: string) => requests.get(id) ?? null,
    updateRequest: (id: string, data: Row) => Object.assign(requests.get(id) ?? {}, data),
    deleteRequest: (id: string) => requests.delete(id),
    consumeRequestCode(code: string) {
      const [requestId, data] = [...requests].find(([, each]) => each['code'] === code) ?? []
      return requestId !== undefined && requests.delete(requestId) ? { requestId, data } : null
    },
    createToken: (id: string, data: Row, refresh: unknown) =>
      tokens.set(id, { id, data, account: ACCOUNT, currentRefreshToken: refresh, old: [] }),
    readToken: (id: string) => tokens.get(id) ?? null,
    deleteToken: (id: string) => tokens.delete(id),
    rotateToken(id: string, next: string, currentRefreshToken: unknown, changed: Row) {
      const before = tokens.get(id)
      if (before === undefined) return
      tokens.delete(id)
      const old = [...before.old, before.currentRefreshToken]
      const data = { ...before.data, ...changed }
      tokens.set(next, { ...before, id: next, data, currentRefreshToken, old })
    },
    findTokenByRefreshToken: (refresh: unknown) =>
      find((each) => each['currentRefreshToken'] === refresh || each.old.includes(refresh)),
    // Of proofs.
    unique: () => true,
    findTokenByCode: (code: unknown) => find(({ data }) => data['code'] === code),
  }
  // The provider looks for all methods of the storage when it is made.
  return new Proxy(store, { get: (target, name) => Reflect.get(target, name) ?? (() => null) })
}

const PAGE_FIELDS = {
  'Sec-Fetch-Site': 'cross-site',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Dest': 'document',
}

/** `fetch` sends a `Sec-Fetch-Mode` of its own. */
function navigate(url: string, more: Headers, body?: string): Promise<Response> {
  const headers = { ...PAGE_FIELDS, ...Object.fromEntries(more) }
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: body === undefined ? 'GET' : 'POST', headers })
    sent.on('error', reject)
    sent.on('response', async (received) => {
      const fields = new Headers()
      for (let index = 0; index < received.rawHeaders.length; index += 2) {
        fields.append(received.rawHeaders[index] ?? '', received.rawHeaders[index + 1] ?? '')
      }
      const text = Buffer.concat(await received.toArray()).toString()
      resolve(new Response(text, { status: received.statusCode ?? 0, headers: fields }))
    })
    sent.end(body)
  })
}

/** What the page of the provider sends. */
async function consent(issuer: string, { text, cookie, remember }: Page): Promise<string> {
  const [uri = ''] = /urn:ietf:params:oauth:request_uri:[\w-]+/.exec(text) ?? []
  const referer = `${issuer}/oauth/authorize?${new URLSearchParams({ request_uri: uri })}`
  let cookies = cookie
  const send = async (name: string, body: object): Promise<Row> => {
    const headers = new Headers({
      'Content-Type': 'application/json',
      'Sec-Fetch-Site': 'same-origin',
      'Sec-Fetch-Mode': 'same-origin',
      'Sec-Fetch-Dest': 'empty',
      'X-CSRF-Token': /csrf-token=([^;]+)/.exec(cookies)?.[1] ?? '',
      Origin: issuer,
      Referer: referer,
      Cookie: cookies,
    })
    const url = `${issuer}/@atproto/oauth-provider/~api/${name}`
    const response = await navigate(url, headers, JSON.stringify(body))
    remember(response)
    // The session gets a new secret at the login.
    const fresh = response.headers.getSetCookie().map((each) => each.split(';')[0] ?? '')
    const names = fresh.map((each) => each.split('=')[0])
    const kept = cookies.split('; ').filter((each) => !names.includes(each.split('=')[0]))
    cookies = [...kept, ...fresh].join('; ')
    if (!response.ok) throw new Error(`${name}: ${response.status} ${await response.text()}`)
    return (await response.json()) as Row
  }
  await send('sign-in', { locale: 'en', username: 'alice', password: 'secret', remember: true })
  const { url } = await send('consent', { did: USER })
  const headers = new Headers({
    'Sec-Fetch-Site': 'same-origin',
    Referer: referer,
    Cookie: cookies,
  })
  return (await navigate(String(url), headers)).headers.get('Location') ?? ''
}
