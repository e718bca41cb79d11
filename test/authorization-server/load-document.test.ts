/** Which fetched documents are stored for other machines. */

import { describe, expect, it, vi } from 'vitest'
import { loadDocument } from '../../src/authorization-server/load-document.ts'
import { SharedStore } from '../../src/documents/document-store.ts'
import { RequestBudget } from '../../src/documents/request-budget.ts'
import { succeed } from '../../src/lib/result.ts'
import { START } from '../support/clock.ts'
import { ISSUER } from '../support/issuer.ts'
import { createMemoryStore } from '../support/memory-store.ts'

describe('loadDocument()', () => {
  it.each([true, false])('stores a document that is used: %s', async (isUsed) => {
    const store = createMemoryStore()
    const now = () => START
    const report = (): void => {}
    const shared = new SharedStore({ store, secrets: [], now, staleIfErrorSeconds: 60, report })
    const write = vi.spyOn(shared, 'write')
    const policy = { fetch: vi.fn(), timeoutMs: 1000, maxBytes: 1000, allowHttp: false }
    const fetched = { url: `${ISSUER}/jwks`, document: { keys: [] }, headers: new Headers() }
    const loaded = await loadDocument(
      { budget: new RequestBudget(), fetchedSince: 0, offer: () => isUsed },
      { policy, now, staleIfErrorSeconds: 60, shared, report },
      {
        id: { issuer: ISSUER, kind: 'keys', url: fetched.url },
        freshness: { least: 60, most: 60, otherwise: 60 },
        fetch: async () => succeed(fetched),
        accept: async () => succeed('keys'),
      },
    )
    // The request that waited for it gets it in both cases.
    expect(loaded).toMatchObject({ ok: true, value: { value: 'keys', fetchedAt: START } })
    expect(write).toHaveBeenCalledTimes(isUsed ? 1 : 0)
  })
})
