/** What the checks of `checkAuthorizationServer()` have in common. */

import type { AuthorizationServerMetadata } from '../contract/documents.ts'
import { isTextList } from '../lib/json.ts'
import { isSecureTransport, parseUrl } from '../lib/safe-url.ts'

/** The level of a finding and its message. */
export interface CheckResult {
  readonly level: 'error' | 'warning' | 'pass'
  readonly message: string
}

/** A check with its ID and the section of the standard. */
export interface Check {
  readonly id: string
  readonly spec: string
  readonly run: (metadata: AuthorizationServerMetadata, about: CheckedResource) => CheckResult
}

/** The resource whose clients use the server. */
export interface CheckedResource {
  readonly resource: string | undefined
  /** The scopes that its challenges and its metadata name. */
  readonly scopes: readonly string[]
}

/** Whether the value is an https URL, or an http URL of a loopback address. */
export function isEndpoint(value: unknown): boolean {
  const url = typeof value === 'string' ? parseUrl(value) : undefined
  return url !== undefined && isSecureTransport(url, false)
}

export function listIn(
  metadata: AuthorizationServerMetadata,
  member: string,
): string[] | undefined {
  const value = metadata[member]
  return isTextList(value) ? value : undefined
}

export function passed(message: string): CheckResult {
  return { level: 'pass', message }
}

export function warned(message: string): CheckResult {
  return { level: 'warning', message }
}

export function failed(message: string): CheckResult {
  return { level: 'error', message }
}
