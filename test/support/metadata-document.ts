/** The metadata document of a resource: its URLs, and requests that find none. */

import { expect } from 'vitest'
import type { Scene } from './scene.ts'

/** The beginning of every path (RFC 9728 §3). */
export const WELL_KNOWN_PATH = '/.well-known/oauth-protected-resource'

export function get(url: string, headers: Record<string, string> = {}): Request {
  return new Request(url, { headers })
}

/** Asserts a 404: uncacheable, readable from anywhere, without challenge, and the handler did not run. */
export async function expectNoDocument(scene: Scene, request: Request): Promise<void> {
  const response = await scene.send(request)
  expect({ url: request.url, status: response.status }).toEqual({ url: request.url, status: 404 })
  expect(response.headers.get('Cache-Control')).toBe('no-store')
  expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*')
  expect(response.headers.get('WWW-Authenticate')).toBeNull()
  expect(await response.json()).toEqual({
    error: 'not_found',
    error_description: 'No resource or document is served at this URL.',
  })
  expect(scene.runs).toEqual([])
}
