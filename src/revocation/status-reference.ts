/** The `status` claim of a token: the list that has its status, and its place there. */

import { endpointProblem } from '../identifiers/url-problem.ts'
import { isObject, type JsonObject } from '../lib/json.ts'
import { ownMember } from '../lib/own-members.ts'

/** The place of a token in a status list. */
interface StatusReference {
  readonly index: number
  readonly uri: string
}

/** Longer URLs are not the URLs of documents. */
const MAX_URI_LENGTH = 2048

/**
 * Reads the reference of a token (draft-ietf-oauth-status-list §6.1).
 *
 * @returns `'none'` for a token without `status`, `'malformed'` for one whose status cannot be found out. An
 * index may be too large or negative: the list decides about it.
 */
export function readStatusReference(
  claims: Readonly<JsonObject>,
  allowHttp: boolean,
): StatusReference | 'none' | 'malformed' {
  const status = ownMember(claims, 'status') ?? undefined
  if (status === undefined) return 'none'
  const list = isObject(status) ? ownMember(status, 'status_list') : undefined
  if (!isObject(list)) return 'malformed'
  const index = ownMember(list, 'idx')
  const uri = ownMember(list, 'uri')
  if (typeof index !== 'number' || !Number.isInteger(index)) return 'malformed'
  if (typeof uri !== 'string' || uri.length > MAX_URI_LENGTH) return 'malformed'
  return endpointProblem(uri, allowHttp) === undefined ? { index, uri } : 'malformed'
}
