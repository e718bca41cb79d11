/** Examples of the token exchange. `npm run docs` copies each region into the comments of its symbols. */

import type { AuthContext } from 'mcp-gatehouse'
import {
  createTokenExchange,
  type ExchangeCacheOptions,
  type ExchangeClient,
  type ExchangedToken,
  ExchangeError,
  type ExchangeFailure,
  type ExchangeFailureCode,
  type ExchangeStyle,
  type ExchangeTarget,
  isExchangeError,
  type SubjectToken,
  type TokenExchange,
  type TokenExchangeOptions,
  toElicitation,
} from 'mcp-gatehouse/exchange'

// #region createTokenExchange
export const orders = createTokenExchange({
  authorizationServer: 'https://auth.example.com',
  client: { id: 'notes-server', secret: 'from the environment' },
  target: { resource: 'https://orders.example.com/', scopes: ['orders:read'] },
})
// #endregion

// #region TokenExchange
export async function countOrders(auth: AuthContext, exchange: TokenExchange): Promise<number> {
  const response = await exchange.fetch(auth, 'https://orders.example.com/')
  const found = (await response.json()) as unknown[]
  return found.length
}
// #endregion

// #region TokenExchangeOptions
export const options: TokenExchangeOptions = {
  authorizationServer: 'https://auth.example.com',
  client: { id: 'notes-server', secret: 'from the environment' },
  target: { resource: 'https://orders.example.com/', scopes: ['orders:read'] },
}
// #endregion

// #region ExchangeStyle
export const style: ExchangeStyle = 'entra'
// #endregion

// #region ExchangeClient
export const client: ExchangeClient = { id: 'notes-server', secret: 'from the environment' }
// #endregion

// #region ExchangeTarget
export const target: ExchangeTarget = {
  resource: 'https://orders.example.com/',
  scopes: ['orders:read'],
}
// #endregion

// #region SubjectToken
export const subject: SubjectToken = {
  token: 'an ID token of the user',
  type: 'urn:ietf:params:oauth:token-type:id_token',
}
// #endregion

// #region ExchangeCacheOptions
export const cache: ExchangeCacheOptions = { maxEntries: 1000, marginSeconds: 30 }
// #endregion

// #region ExchangedToken
export function authorizationOf({ tokenType, token }: ExchangedToken): string {
  return `${tokenType} ${token}`
}
// #endregion

// #region ExchangeFailure
export function describe({ code, url }: ExchangeFailure): string {
  return code === 'consent_required' ? `Allow access at ${url}` : `No access: ${code}`
}
// #endregion

// #region ExchangeFailureCode
export const LASTING: readonly ExchangeFailureCode[] = ['target_refused', 'misconfigured']
// #endregion

// #region ExchangeError
export async function readOrders(auth: AuthContext): Promise<Response> {
  const token = await orders.exchange(auth)
  if (!token.ok) throw new ExchangeError(token)
  return fetch('https://orders.example.com/', {
    headers: { Authorization: `${token.tokenType} ${token.token}` },
    redirect: 'manual',
  })
}
// #endregion

// #region isExchangeError
export async function consentPage(auth: AuthContext): Promise<string | undefined> {
  try {
    await orders.fetch(auth, 'https://orders.example.com/')
    return undefined
  } catch (error) {
    if (isExchangeError(error)) return error.failure.url
    throw error
  }
}
// #endregion

// #region toElicitation
// A tool of the MCP SDK, version 2, which serves both forms from the result.
export async function listOrders(auth: AuthContext): Promise<unknown> {
  const token = await orders.exchange(auth)
  if (token.ok) return { content: [{ type: 'text', text: 'two orders' }] }
  const elicitation = toElicitation(token, '2026-07-28')
  if (elicitation === undefined) throw new ExchangeError(token)
  return elicitation
}
// #endregion
