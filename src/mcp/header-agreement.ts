/**
 * `Mcp-Method` and `Mcp-Name` repeat what the body says, for those who only see headers (MCP
 * 2026-07-28 Streamable HTTP, Standard Request Headers). Nothing is ever decided by them; but if they
 * say something else than the body, somebody on the way was told a lie.
 */

import { decodeBase64 } from '../lib/base64url.ts'
import type { NamedOperation } from './operation.ts'

/** The first revision that demands the headers. Revisions are dates, so they compare as text. */
const FIRST_WITH_HEADERS = '2026-07-28'
/** The first one without batches; it also brought the header by which it is known. */
const FIRST_WITHOUT_BATCHES = '2025-06-18'
const REVISION = /^\d{4}-\d{2}-\d{2}$/

/** The methods whose requests must carry `Mcp-Name`. */
const NAMED_METHODS = new Set([
  'tools/call',
  'prompts/get',
  'resources/read',
  'tasks/get',
  'tasks/update',
  'tasks/cancel',
])

const ENCODED = /^=\?base64\?(.*)\?=$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Whether the headers say of every operation what the body says. Field names are compared as HTTP
 * does, values character by character, with the name as it was sent. Headers that are missing are
 * missed only where the revision demands them: on requests, not on notifications.
 */
export function doHeadersAgree(operations: readonly NamedOperation[], headers: Headers): boolean {
  const method = headers.get('Mcp-Method')
  const name = headers.get('Mcp-Name')
  const isDemanded = demandsHeaders(headers.get('MCP-Protocol-Version'))
  return operations.every((each) => {
    const isMissed = isDemanded && !each.isNotification
    return methodAgrees(method, each, isMissed) && nameAgrees(name, each, isMissed)
  })
}

/** Whether a body may be an array: only as in MCP 2025-03-26, whose clients name no revision. */
export function allowsBatch(headers: Headers): boolean {
  const revision = headers.get('MCP-Protocol-Version')
  return revision === null || (REVISION.test(revision) && revision < FIRST_WITHOUT_BATCHES)
}

function methodAgrees(
  method: string | null,
  { operation }: NamedOperation,
  isMissed: boolean,
): boolean {
  return method === null ? !isMissed : method === operation.method
}

function nameAgrees(
  name: string | null,
  { operation, sentName }: NamedOperation,
  isMissed: boolean,
): boolean {
  const isNamed = NAMED_METHODS.has(operation.method)
  if (name === null) return !(isMissed && isNamed && sentName !== undefined)
  // On a method that names nothing the header has no meaning, so it cannot be wrong.
  if (sentName === undefined && !isNamed) return true
  return decodeName(name) === sentName
}

function demandsHeaders(revision: string | null): boolean {
  return revision !== null && REVISION.test(revision) && revision >= FIRST_WITH_HEADERS
}

/** Names beyond visible ASCII come as `=?base64?…?=` over their UTF-8 bytes; `null` if that is broken. */
function decodeName(value: string): string | null {
  const encoded = ENCODED.exec(value)?.[1]
  if (encoded === undefined) return value
  if (!BASE64.test(encoded)) return null
  try {
    return UTF8.decode(decodeBase64(encoded))
  } catch {
    return null
  }
}
