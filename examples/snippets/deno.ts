/** Examples of the Deno adapter. `npm run docs` copies each region into the comments of its symbols. */

import { protectedResource } from 'mcp-gatehouse'
import {
  type DenoKv,
  type DenoKvAtomic,
  type DenoKvEntry,
  type DenoKvKey,
  denoKvDocumentStore,
  denoKvReplayStore,
  type ProtectedServer,
  protect,
  type ServeInfo,
} from 'mcp-gatehouse/deno'

const notes = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: ['https://auth.example.com'],
})

// #region protect ProtectedServer ServeInfo
export const server: ProtectedServer<ServeInfo> = protect(notes, (_request, auth) =>
  Response.json({ user: auth.subject }),
)
// Deno.serve(server), or: export default server
// #endregion

// #region denoKvDocumentStore denoKvReplayStore DenoKv
// `withKv(await Deno.openKv(), secret)`
export function withKv(kv: DenoKv, secret: string) {
  return protectedResource({
    resource: 'https://api.example.com/notes',
    authorizationServers: ['https://auth.example.com'],
    documentStore: denoKvDocumentStore(kv),
    documentStoreSecret: secret,
    dpop: { replay: denoKvReplayStore(kv) },
  })
}
// #endregion

// #region DenoKvKey DenoKvAtomic
export async function addOnce(kv: DenoKv, key: DenoKvKey): Promise<boolean> {
  const operation: DenoKvAtomic = kv.atomic().check({ key, versionstamp: null })
  return (await operation.set(key, true, { expireIn: 60_000 }).commit()).ok
}
// #endregion

// #region DenoKvEntry
export function isPresent(entry: DenoKvEntry): boolean {
  return entry.versionstamp !== null
}
// #endregion
