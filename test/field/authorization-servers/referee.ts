/** A resource that real authorization servers issue tokens for, and a client that logs in at them. */

import { createHash, randomBytes } from 'node:crypto'
import {
  type AuthContext,
  type AuthEvent,
  type AuthorizationServerOptions,
  type Fetch,
  type ProtectedResourceOptions,
  protect,
  protectedResource,
} from 'mcp-gatehouse'
import { expect } from 'vitest'
import { bearerChallenge } from '../../support/rejection.ts'

export const RESOURCE = 'https://mcp.example/notes'
export const REDIRECT = 'https://client.example/callback'
export const METADATA_URL = 'https://mcp.example/.well-known/oauth-protected-resource/notes'

export interface Referee {
  /** Sends a token. The result is `200`, or the status and the code of a rejection, such as `401 token_audience`. */
  send(token: string): Promise<string>
  /** The context of the last request that passed. */
  context(): Pick<AuthContext, 'subject' | 'clientId' | 'scopes' | 'audience'> | undefined
  /** Moves the clock of the resource, not that of the server. */
  wait(seconds: number): void
}

/** Each rejection is compared with its whole challenge, and the handler must not have run. */
export function createReferee(
  server: AuthorizationServerOptions,
  options: Partial<ProtectedResourceOptions> = {},
): Referee {
  const codes: string[] = []
  let later = 0
  let context: ReturnType<Referee['context']>
  let runs = 0
  const resource = protectedResource({
    resource: RESOURCE,
    authorizationServers: [server],
    now: () => Date.now() / 1000 + later,
    onEvent: (event: AuthEvent) => event.type === 'refused' && codes.push(event.code),
    ...options,
  })
  const scope = options.requiredScopes?.join(' ')
  const respond = protect(resource, (_request, { subject, clientId, scopes, audience }) => {
    runs += 1
    context = { subject, clientId, scopes, audience }
    return new Response('done')
  })
  return {
    async send(token) {
      const before = runs
      const headers = { Authorization: `Bearer ${token}` }
      const response = await respond(new Request(RESOURCE, { method: 'POST', headers }))
      const { status } = response
      const challenge = response.headers.get('WWW-Authenticate')
      const code = codes.pop()
      expect(runs - before).toBe(status === 200 ? 1 : 0)
      if (status === 401)
        expect(challenge).toBe(bearerChallenge('invalid_token', scope, METADATA_URL))
      else if (status === 403)
        expect(challenge).toBe(bearerChallenge('insufficient_scope', scope, METADATA_URL))
      else expect(challenge).toBe(null)
      return code === undefined ? String(status) : `${status} ${code}`
    },
    context: () => context,
    wait(seconds) {
      later += seconds
    },
  }
}

/** Many tokens that the server never issued do not lock a good one out. */
export async function expectNoLockOut(
  { send }: Referee,
  inventToken: (index: number) => string,
  expected: string,
  fetchToken: () => Promise<string>,
): Promise<void> {
  for (let index = 0; index < 30; index += 1) {
    expect(await send(inventToken(index))).toBe(expected)
  }
  expect(await send(await fetchToken())).toBe('200')
}

/** A JWT with the claims, and a signature of no key. */
export function inventJwt(
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${encode({ alg: 'ES256', typ: 'at+jwt', ...header })}.${encode(claims)}.${'A'.repeat(86)}`
}

export interface Tokens {
  readonly access_token: string
  readonly refresh_token?: string
  readonly id_token?: string
}

export interface Login {
  readonly authorize: string
  readonly token: string
  readonly client: string
  /** @default REDIRECT */
  readonly redirect?: string
  /** Credentials of the client at the token endpoint. */
  readonly headers?: Readonly<Record<string, string>>
  readonly call: Fetch
  /** Further parameters of the authorization request. `resource` is sent to the token endpoint, too. */
  readonly extra?: Readonly<Record<string, string>>
  /** Cookies of a user who is logged in. */
  readonly cookie?: string
  /** Does what a user does on a page, and returns where the browser goes next. Redirects are followed without it. */
  readonly visit?: (page: Page) => Promise<string | undefined>
}

export interface Page {
  readonly url: string
  readonly text: string
  readonly cookie: string
  /** Keeps the cookies of a response. */
  remember(response: Response): void
}

/** The authorization code grant with PKCE. */
export async function logIn(login: Login): Promise<Tokens> {
  const { extra = {}, redirect = REDIRECT } = login
  const verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    client_id: login.client,
    redirect_uri: redirect,
    response_type: 'code',
    state: 'state-1',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...extra,
  })
  const back = await browse(login, `${login.authorize}?${query}`)
  expect(back.searchParams.get('state')).toBe('state-1')
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    code: back.searchParams.get('code') ?? '',
    redirect_uri: redirect,
    client_id: login.client,
    code_verifier: verifier,
    ...(extra['resource'] !== undefined && { resource: extra['resource'] }),
  })
  return postForm(login.call, login.token, form, login.headers)
}

/** Follows redirects, and visits pages, until the server sends the browser to the client. */
export async function browse(
  {
    call,
    cookie = '',
    visit,
    redirect = REDIRECT,
  }: Pick<Login, 'call' | 'cookie' | 'visit' | 'redirect'>,
  start: string,
): Promise<URL> {
  const cookies = cookie === '' ? [] : [cookie]
  const remember = ({ headers }: Response) => {
    cookies.push(...headers.getSetCookie().map((each) => each.split(';')[0] ?? ''))
  }
  let url = start
  for (let steps = 0; !url.startsWith(redirect); steps += 1) {
    if (steps > 10) throw new Error(`No end of redirects at ${url}`)
    const response = await call(url, {
      headers: { Cookie: cookies.join('; ') },
      redirect: 'manual',
    })
    remember(response)
    const text = await response.text()
    const next =
      response.headers.get('Location') ??
      (await visit?.({ url, text, cookie: cookies.join('; '), remember }))
    if (next === undefined) throw new Error(`${response.status}: ${text}`)
    url = new URL(next, url).href
  }
  return new URL(url)
}

export async function postForm<T = Tokens>(
  call: Fetch,
  url: string,
  form: URLSearchParams,
  headers: Readonly<Record<string, string>> = {},
): Promise<T> {
  const response = await call(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    body: form.toString(),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.status}: ${text}`)
  return (text === '' ? {} : JSON.parse(text)) as T
}

export function basic(user: string, password: string): { readonly Authorization: string } {
  return { Authorization: `Basic ${btoa(`${user}:${password}`)}` }
}
