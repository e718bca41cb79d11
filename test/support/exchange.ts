/** A token exchange with a scripted token endpoint and a scripted API, and a real context to exchange. */

import {
  createTokenExchange,
  type TokenExchange,
  type TokenExchangeOptions,
} from '../../src/exchange/index.ts'
import type { AuthContext } from '../../src/index.ts'
import { ISSUER } from './issuer.ts'
import { createScene, expectAccepted, type Scene } from './scene.ts'

export const API = 'https://api.example'
export const TOKEN_ENDPOINT = `${ISSUER}/token`

/** A request as the fake saw it. */
export interface Seen {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly form: Readonly<Record<string, string>>
  readonly init: RequestInit
}

export type Respond = (seen: Seen, index: number) => Response | Promise<Response>

export interface ExchangeScene {
  readonly scene: Scene
  readonly exchange: TokenExchange
  /** The context of a request with a good token. */
  readonly auth: AuthContext
  /** The inbound token. */
  readonly token: string
  /** The requests that the token endpoint received. */
  readonly asked: Seen[]
  /** The requests that the API received. */
  readonly called: Seen[]
  /** The other requests. */
  readonly strayed: string[]
  /** A further context, of another token. */
  context(claims?: Record<string, unknown>): Promise<AuthContext>
}

export interface ExchangeSceneOptions extends Partial<TokenExchangeOptions> {
  /** What the token endpoint answers. */
  readonly issue?: Respond
  /** What the API answers. */
  readonly serve?: Respond
}

/** The usual response of a token endpoint; the n-th token is `exchanged-n`. */
export function bearerResponse(index: number): Response {
  return Response.json({
    access_token: `exchanged-${index + 1}`,
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: 300,
  })
}

export const issueBearer: Respond = (_seen, index) => bearerResponse(index)

export async function createExchangeScene({
  issue = issueBearer,
  serve = () => new Response('served'),
  ...options
}: ExchangeSceneOptions = {}): Promise<ExchangeScene> {
  const scene = await createScene({ dpop: true })
  const asked: Seen[] = []
  const called: Seen[] = []
  const strayed: string[] = []
  const exchange = createTokenExchange({
    authorizationServer: {
      issuer: ISSUER,
      metadata: { issuer: ISSUER, token_endpoint: TOKEN_ENDPOINT },
    },
    client: { id: 'notes', secret: 'secret' },
    target: { resource: `${API}/v1`, scopes: ['orders:read'] },
    now: scene.clock.now,
    fetch: async (url, init = {}) => {
      const seen = look(url, init)
      if (url === TOKEN_ENDPOINT) return issue(seen, asked.push(seen) - 1)
      if (url.startsWith(`${API}/`)) return serve(seen, called.push(seen) - 1)
      strayed.push(url)
      throw new TypeError(`unexpected request to ${url}`)
    },
    ...options,
  })
  const token = await scene.issuer.token()
  const auth = await expectAccepted(scene, scene.ask(`Bearer ${token}`))
  return {
    scene,
    exchange,
    auth,
    token,
    asked,
    called,
    strayed,
    context: async (claims = {}) =>
      expectAccepted(scene, scene.ask(`Bearer ${await scene.issuer.token(claims)}`)),
  }
}

export function look(url: string, init: RequestInit): Seen {
  const { method = 'GET', body } = init
  const form = typeof body === 'string' ? Object.fromEntries(new URLSearchParams(body)) : {}
  return { url, method, headers: new Headers(init.headers), form, init }
}
