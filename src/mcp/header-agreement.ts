/**
 * Compares `Mcp-Method` and `Mcp-Name` with the body (MCP 2026-07-28 Streamable HTTP, Standard Request
 * Headers). Proxies may route by these headers; this library decides by the body only, and rejects
 * requests whose headers differ from it.
 */

import { decodeBase64 } from '../lib/base64.ts'
import { fieldValue } from '../lib/header-syntax.ts'
import { DECODER } from '../lib/utf8.ts'
import type { NamedOperation } from './operation.ts'

/** The first revision that requires the headers. Revisions are dates, so they compare as strings. */
const FIRST_WITH_HEADERS = '2026-07-28'
/** The first revision without batches. It also introduced `MCP-Protocol-Version`. */
const FIRST_WITHOUT_BATCHES = '2025-06-18'
const REVISION = /^\d{4}-\d{2}-\d{2}$/

/** The methods whose requests must carry `Mcp-Name`. */
const NAMED_METHODS = /* @__PURE__ */ new Set([
  'tools/call',
  'prompts/get',
  'resources/read',
  'tasks/get',
  'tasks/update',
  'tasks/cancel',
])

const ENCODED = /^=\?base64\?(.*)\?=$/

/**
 * Whether the headers match every operation in the body. Values are compared as exact strings, the
 * name before its normalisation. A missing header matches, unless the revision requires it: on
 * requests, not on notifications.
 */
export function doHeadersAgree(operations: readonly NamedOperation[], headers: Headers): boolean {
  const method = fieldValue(headers, 'mcp-method')
  const name = fieldValue(headers, 'mcp-name')
  const isRequiredByRevision = requiresHeaders(fieldValue(headers, 'mcp-protocol-version'))
  return operations.every((each) => {
    const isRequired = isRequiredByRevision && !each.isNotification
    return methodAgrees(method, each, isRequired) && nameAgrees(name, each, isRequired)
  })
}

/** Whether a body may be a batch: in MCP 2025-03-26 only, whose clients send no revision. */
export function allowsBatch(headers: Headers): boolean {
  const revision = fieldValue(headers, 'mcp-protocol-version')
  return revision === null || (REVISION.test(revision) && revision < FIRST_WITHOUT_BATCHES)
}

function methodAgrees(
  method: string | null,
  { operation }: NamedOperation,
  isRequired: boolean,
): boolean {
  return method === null ? !isRequired : method === operation.method
}

function nameAgrees(
  name: string | null,
  { operation, sentName }: NamedOperation,
  isRequired: boolean,
): boolean {
  const isNamed = NAMED_METHODS.has(operation.method)
  if (name === null) return !(isRequired && isNamed && sentName !== undefined)
  // The header has no meaning for a method without a name, so any value matches.
  if (sentName === undefined && !isNamed) return true
  return decodeName(name) === sentName
}

function requiresHeaders(revision: string | null): boolean {
  return revision !== null && REVISION.test(revision) && revision >= FIRST_WITH_HEADERS
}

/** Names beyond visible ASCII are `=?base64?…?=` of their UTF-8 bytes; `null` if that is invalid. */
function decodeName(value: string): string | null {
  const encoded = ENCODED.exec(value)?.[1]
  if (encoded === undefined) return value
  const bytes = decodeBase64(encoded)
  if (bytes === undefined) return null
  try {
    return DECODER.decode(bytes)
  } catch {
    return null
  }
}
