/** Examples of what the host provides. `npm run docs` copies each region into the comments of its symbols. */

import {
  authenticate,
  type DocumentStore,
  type Fetch,
  protectedResource,
  type ReplayStore,
  type WaitUntil,
} from 'mcp-gatehouse'

// #region Fetch
export const identified: Fetch = (url, init = {}) => {
  const headers = new Headers(init.headers)
  headers.set('User-Agent', 'notes/1.0')
  return fetch(url, { ...init, headers })
}
// #endregion

// #region WaitUntil
const pending = new Set<Promise<unknown>>()

export const waitUntil: WaitUntil = (work) => {
  pending.add(work)
  work.finally(() => pending.delete(work)).catch(() => undefined)
}
// #endregion

// #region DocumentStore
const documents = new Map<string, string>()

export const documentStore: DocumentStore = {
  get: async (key) => documents.get(key),
  set: async (key, value) => void documents.set(key, value),
}
// #endregion

// #region ReplayStore
const seen = new Map<string, number>()

export const replay: ReplayStore = {
  async add(key, expiresAt) {
    if (seen.has(key)) return false
    seen.set(key, expiresAt)
    return true
  },
}
// #endregion

export const notes = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: ['https://auth.example.com'],
  fetch: identified,
  documentStore,
  documentStoreSecret: 'at least thirty-two random characters',
  dpop: { replay },
})

export async function serve(request: Request): Promise<Response> {
  const auth = await authenticate(request, notes, {}, { waitUntil })
  return auth.ok ? new Response('done') : auth
}
