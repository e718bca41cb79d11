/** The form of the variants: what people report, as a server of our own making, and the finding that names the cause. */

import { at, isPost, PATH } from './breaks.ts'
import type { Break, SiteOptions } from './site.ts'

export interface Variant extends SiteOptions {
  /** As the reports describe it. */
  readonly report: string
  readonly id: string
  /** What the message says about the cause. */
  readonly says: RegExp
  /** What the finding has as `expected` and `received`, where it compares values. */
  readonly expected?: RegExp
  readonly received?: RegExp
  /** Claims of the token for the examination, or a token; without it, it runs without one. */
  readonly token?: Record<string, unknown> | string
}

export const HTML = { 'Content-Type': 'text/html; charset=utf-8' }
export const JSON_TYPE = { 'Content-Type': 'application/json' }

/** The response to every POST at the MCP URL. */
export const reply = (
  status: number,
  body: string,
  headers: Record<string, string> = {},
  when = isPost,
): Break => at(PATH, () => new Response(body, { status, headers }), when)

/** For requests whose user agent contains one of these words. */
export const agent = (pattern: RegExp) => (request: Request) =>
  pattern.test(request.headers.get('User-Agent') ?? '')

export const page = (text: string) => `<!doctype html><html><body>${text}</body></html>`
