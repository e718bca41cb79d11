/** A Deno KV in memory: entries with versions, and atomic operations. */

import type { DenoKv, DenoKvAtomic, DenoKvEntry, DenoKvKey } from '../../adapters/deno/index.ts'

export function createDenoKv(): DenoKv {
  const entries = new Map<string, DenoKvEntry>()
  let version = 0
  const read = (key: DenoKvKey): DenoKvEntry =>
    entries.get(JSON.stringify(key)) ?? { key, value: null, versionstamp: null }

  function atomic(): DenoKvAtomic {
    let ok = true
    const writes: [DenoKvKey, unknown][] = []
    const operation: DenoKvAtomic = {
      check: ({ key, versionstamp }) => {
        ok &&= read(key).versionstamp === versionstamp
        return operation
      },
      set: (key, value) => {
        writes.push([key, value])
        return operation
      },
      commit: async () => {
        if (!ok) return { ok }
        version += 1
        for (const [key, value] of writes) {
          entries.set(JSON.stringify(key), { key, value, versionstamp: String(version) })
        }
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
