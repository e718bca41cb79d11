import type { DocumentStore } from '../../src/index.ts'

/** A key-value store in memory that can be slow, broken or tampered with. */
export interface MemoryStore extends DocumentStore {
  readonly entries: Map<string, string>
  readonly ttls: number[]
  mode: 'good' | 'broken' | 'hangs'
}

export function createMemoryStore(): MemoryStore {
  const entries = new Map<string, string>()
  const ttls: number[] = []
  const store: MemoryStore = {
    entries,
    ttls,
    mode: 'good',
    get: async (key) => {
      if (store.mode === 'broken') throw new Error('the store is broken')
      if (store.mode === 'hangs') return new Promise(() => {})
      return entries.get(key)
    },
    set: async (key, value, ttlSeconds) => {
      if (store.mode !== 'good') throw new Error('the store is broken')
      ttls.push(ttlSeconds)
      entries.set(key, value)
    },
  }
  return store
}
