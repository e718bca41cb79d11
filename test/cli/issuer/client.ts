/** A client of the development issuer that sends each request itself. */

import { createHash, randomUUID } from 'node:crypto'
import { createBrowser } from '../../../examples/demo/browser.ts'

export const REDIRECT = 'http://127.0.0.1:9/callback'
export const RESOURCE = 'http://localhost:3000/mcp'

export const CLI_CLIENT = ['--client', `cli:${REDIRECT}`, '--client', 'rs::rs-secret']

/** A client by hand. */
export function createClient(issuer: string, id = 'cli') {
  const verifier = randomUUID() + randomUUID()
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const post = async (path: string, form: Record<string, string | undefined>, headers = {}) => {
    const body = new URLSearchParams()
    for (const [name, value] of Object.entries(form)) if (value !== undefined) body.set(name, value)
    return fetch(issuer + path, { method: 'POST', body, headers })
  }
  const authorizeUrl = (changes: Record<string, string | undefined> = {}) => {
    const url = new URL(`${issuer}/authorize`)
    const all = {
      response_type: 'code',
      client_id: id,
      redirect_uri: REDIRECT,
      code_challenge: challenge,
      code_challenge_method: 'S256',
      state: 'state-1',
      scope: 'notes:read notes:write',
      resource: RESOURCE,
      ...changes,
    }
    for (const [name, value] of Object.entries(all)) {
      if (value !== undefined) url.searchParams.set(name, value)
    }
    return url
  }
  const login = async (values: Record<string, string> = {}) => {
    const { arrived } = await createBrowser(values).open(authorizeUrl(), new URL(REDIRECT))
    return arrived.searchParams
  }
  const redeem = (
    code: string | null,
    changes: Record<string, string | undefined> = {},
    headers = {},
  ) => {
    const form = {
      grant_type: 'authorization_code',
      client_id: id,
      code: code ?? '',
      code_verifier: verifier,
      redirect_uri: REDIRECT,
      resource: RESOURCE,
      ...changes,
    }
    return post('/token', form, headers)
  }
  const refresh = (token: string, changes: Record<string, string> = {}, headers = {}) => {
    const form = { grant_type: 'refresh_token', client_id: id, refresh_token: token, ...changes }
    return post('/token', form, headers)
  }
  const introspect = async (token: string, credentials = 'rs:rs-secret') =>
    post('/introspect', { token }, { Authorization: `Basic ${btoa(credentials)}` })
  return { post, authorizeUrl, login, redeem, refresh, introspect }
}

export interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
  readonly token_type: string
  readonly scope: string
}

export async function loggedIn(issuer: string) {
  const client = createClient(issuer)
  const { code } = Object.fromEntries(await client.login())
  const tokens = (await (await client.redeem(code ?? '')).json()) as Tokens
  return { client, tokens }
}
