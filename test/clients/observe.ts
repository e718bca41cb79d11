/** What a run shows: the requests of each step in words, and their meaning. */

import { decodeJwt } from 'jose'
import type { Exchange } from './recorder.ts'
import type { Scene } from './scene.ts'

/** The requests of a client in one step. */
export interface StepFacts {
  readonly heard: string
  /** The scopes of each authorization request. */
  readonly logins: readonly string[]
  /** The client of each authorization request. */
  readonly clientIds: readonly string[]
  /** The `resource` of each authorization request. */
  readonly resources: readonly string[]
  /** How many of them are to the server that the resource has moved to. */
  readonly loginsAtNext: number
  readonly registrations: number
  /** The status of each token request with a refresh token. */
  readonly refreshes: readonly number[]
  /** Each request to the MCP server, with the scopes of its token. */
  readonly calls: readonly string[]
}

export interface Observation {
  readonly steps: Readonly<Record<string, StepFacts>>
}

export function observe(scene: Scene, names: readonly string[]): Observation {
  const { exchanges, heard, mcpUrl, issuer, nextIssuer } = scene
  const mcpPort = portOf(mcpUrl)
  const nextPort = nextIssuer === undefined ? undefined : portOf(nextIssuer)
  const issuerPorts = [portOf(issuer), nextPort]
  return {
    steps: Object.fromEntries(
      names.map((name) => {
        const during = exchanges.filter(({ step }) => step === name)
        const atIssuer = during.filter(({ port }) => issuerPorts.includes(port))
        return [
          name,
          {
            heard: heard.get(name) ?? '',
            logins: atIssuer.flatMap(scopesAsked),
            clientIds: atIssuer.flatMap(({ url }) => url.searchParams.getAll('client_id')),
            resources: atIssuer
              .filter(isLogin)
              .flatMap(({ url }) => url.searchParams.getAll('resource')),
            loginsAtNext: during.filter(({ port }) => port === nextPort).flatMap(scopesAsked)
              .length,
            registrations: atIssuer.filter(isRegistration).length,
            refreshes: atIssuer.filter(isRefresh).map(({ status }) => status() ?? 0),
            calls: during.filter(({ port }) => port === mcpPort).map(toCall),
          },
        ]
      }),
    ),
  }
}

function portOf(url: string): number {
  return Number(new URL(url).port)
}

function isLogin({ url }: Exchange): boolean {
  return url.searchParams.has('client_id')
}

function scopesAsked(exchange: Exchange): readonly string[] {
  const { url } = exchange
  return isLogin(exchange) ? [url.searchParams.get('scope') ?? ''] : []
}

function isRegistration({ url, method }: Exchange): boolean {
  return method === 'POST' && /^\/reg(ister)?$/.test(url.pathname)
}

function isRefresh({ url, method, body }: Exchange): boolean {
  return (
    method === 'POST' &&
    url.pathname === '/token' &&
    new URLSearchParams(body()).get('grant_type') === 'refresh_token'
  )
}

function toCall({ method, url, body, status, headers }: Exchange): string {
  const [, rpc = ''] = /"method"\s*:\s*"([^"]+)"/.exec(body()) ?? []
  const token = headers.authorization?.replace(/^\w+ /, '')
  const scope = token === undefined ? 'no token' : scopeOf(token)
  return [method, rpc || url.pathname, status() ?? 'open', `(${scope})`].join(' ')
}

function scopeOf(token: string): string {
  try {
    return String(decodeJwt(token)['scope'] ?? '')
  } catch {
    return 'not a JWT'
  }
}
