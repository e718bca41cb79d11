/** In-memory storage for the sessions, grants and codes of the demo's authorization server. */

interface Stored {
  readonly payload: Record<string, unknown>
  readonly expiresAt: number
}

interface StoreAdapter {
  upsert(id: string, payload: Record<string, unknown>, expiresIn?: number): Promise<void>
  find(id: string): Promise<Record<string, unknown> | undefined>
  findByUid(uid: string): Promise<Record<string, unknown> | undefined>
  findByUserCode(userCode: string): Promise<Record<string, unknown> | undefined>
  consume(id: string): Promise<void>
  destroy(id: string): Promise<void>
  revokeByGrantId(grantId: string): Promise<void>
}

/**
 * Creates a store for one authorization server, as an `oidc-provider` adapter.
 *
 * @returns The adapter factory: one adapter per record type.
 */
export function createMemoryStore(): (type: string) => StoreAdapter {
  const recordsByType = new Map<string, Map<string, Stored>>()
  return (type) => {
    const records = recordsByType.get(type) ?? new Map<string, Stored>()
    recordsByType.set(type, records)
    return createAdapter(records)
  }
}

function createAdapter(records: Map<string, Stored>): StoreAdapter {
  const findBy = (member: string, value: string) => {
    const found = [...records.values()].find(({ payload }) => payload[member] === value)
    return found !== undefined && found.expiresAt > Date.now() ? found.payload : undefined
  }
  return {
    async upsert(id, payload, expiresIn) {
      const expiresAt = expiresIn === undefined ? Infinity : Date.now() + expiresIn * 1000
      records.set(id, { payload, expiresAt })
    },
    async find(id) {
      const found = records.get(id)
      return found !== undefined && found.expiresAt > Date.now() ? found.payload : undefined
    },
    async findByUid(uid) {
      return findBy('uid', uid)
    },
    async findByUserCode(userCode) {
      return findBy('userCode', userCode)
    },
    async consume(id) {
      const found = records.get(id)
      if (found !== undefined) found.payload.consumed = Math.floor(Date.now() / 1000)
    },
    async destroy(id) {
      records.delete(id)
    },
    async revokeByGrantId(grantId) {
      for (const [id, { payload }] of records) {
        if (payload.grantId === grantId) records.delete(id)
      }
    },
  }
}
