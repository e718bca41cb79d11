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

// #region DenoKvKey DenoKvEntry DenoKvAtomic
// A Deno KV for tests, with one transaction at a time.
export function memoryKv(): DenoKv {
  const entries = new Map<string, DenoKvEntry>()
  const read = (key: DenoKvKey): DenoKvEntry =>
    entries.get(JSON.stringify(key)) ?? { key, value: null, versionstamp: null }
  const atomic = (): DenoKvAtomic => {
    let ok = true
    const writes: DenoKvEntry[] = []
    const operation: DenoKvAtomic = {
      check: ({ key, versionstamp }) => {
        ok &&= read(key).versionstamp === versionstamp
        return operation
      },
      set: (key, value) => {
        writes.push({ key, value, versionstamp: crypto.randomUUID() })
        return operation
      },
      commit: async () => {
        for (const each of ok ? writes : []) entries.set(JSON.stringify(each.key), each)
        return { ok }
      },
    }
    return operation
  }
  return {
    get: async (key) => read(key),
    list: async function* ({ prefix }) {
      const start = JSON.stringify(prefix).slice(0, -1)
      for (const [key, entry] of entries) if (key.startsWith(start)) yield entry
    },
    atomic,
  }
}
// #endregion
