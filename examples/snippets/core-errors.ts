/** Examples of errors. `npm run docs` copies each region into the comments of its symbols. */

import {
  AuthError,
  type AuthErrorCode,
  ConfigError,
  type ConfigProblem,
  discoverAuthorizationServer,
  isAuthError,
  isConfigError,
  isUpstreamError,
  type ProtectedResourceOptions,
  protectedResource,
  UpstreamError,
  type UpstreamErrorCode,
  type UpstreamErrorOptions,
  verifyAccessToken,
} from 'mcp-gatehouse'
import { notes } from './core.ts'

// #region AuthError
export async function verifySession(token: string): Promise<Record<string, unknown>> {
  if (token !== 'session-1') throw new AuthError('token_inactive')
  return { sub: 'user-1' }
}
// #endregion

// #region isAuthError
export async function whyNot(token: string): Promise<string> {
  try {
    await verifyAccessToken(token, notes)
    return 'accepted'
  } catch (error) {
    return isAuthError(error) ? error.code : 'unknown'
  }
}
// #endregion

// #region AuthErrorCode
export const NEED_LOGIN: readonly AuthErrorCode[] = ['credentials_missing', 'token_expired']
// #endregion

// #region UpstreamErrorCode
export const TRY_AGAIN: readonly UpstreamErrorCode[] = ['unreachable', 'timeout', 'status']
// #endregion

// #region UpstreamError UpstreamErrorOptions
export function toUpstreamError(url: string, status: number): UpstreamError {
  const options: UpstreamErrorOptions = { status, retryAfterSeconds: 30 }
  return new UpstreamError('status', url, options)
}
// #endregion

// #region isUpstreamError
export async function isUp(issuer: string): Promise<boolean> {
  try {
    await discoverAuthorizationServer(issuer)
    return true
  } catch (error) {
    if (isUpstreamError(error)) return false
    throw error
  }
}
// #endregion

// #region isConfigError
export function problemsOf(options: ProtectedResourceOptions): readonly string[] {
  try {
    protectedResource(options)
    return []
  } catch (error) {
    return isConfigError(error) ? error.problems.map(({ path }) => path) : ['unknown']
  }
}
// #endregion

// #region ConfigError ConfigProblem
export function readPort(text: string): number {
  const problem: ConfigProblem = { path: 'PORT', message: 'must be a number' }
  if (!/^\d+$/.test(text)) throw new ConfigError([problem])
  return Number(text)
}
// #endregion
