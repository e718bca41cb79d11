/** Header fields that concern one connection only (RFC 9110 §7.6.1). A gateway does not pass them on. */

import { splitList } from '../lib/header-syntax.ts'

const HOP_BY_HOP: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Whether the field concerns one connection. @param name In lower case. */
export function isHopByHop(name: string): boolean {
  return HOP_BY_HOP.has(name)
}

/** The names that `Connection` lists, in lower case: they concern one connection, too. */
export function namesInConnection(connection: string | null): readonly string[] {
  return connection === null ? [] : splitList(connection.toLowerCase())
}
