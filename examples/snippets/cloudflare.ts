/** Examples of the Workers adapter. `npm run docs` copies each region into the comments of its symbols. */

import { protectedResource, revokedBefore } from 'mcp-gatehouse'
import {
  cacheStore,
  DocumentObject,
  type DocumentObjectNamespace,
  type DocumentObjectState,
  DpopReplayObject,
  durableObjectDocumentStore,
  durableObjectReplayStore,
  kvStore,
  type ProtectedWorker,
  protect,
  type ReplayObjectNamespace,
  type ReplayObjectState,
  type WorkerCache,
  type WorkerContext,
  type WorkerKvNamespace,
  type WorkerResource,
} from 'mcp-gatehouse/cloudflare'

export interface Env {
  ISSUER: string
}

// #region protect ProtectedWorker WorkerContext
export const worker: ProtectedWorker<Env, WorkerContext> = protect<Env>(
  ({ ISSUER }) =>
    protectedResource({
      resource: 'https://api.example.com/notes',
      authorizationServers: [ISSUER],
    }),
  (_request, auth) => Response.json({ user: auth.subject }),
)
// #endregion

// #region WorkerResource
export const resource: WorkerResource<Env> = ({ ISSUER }) => [
  protectedResource({ resource: 'https://api.example.com/notes', authorizationServers: [ISSUER] }),
  protectedResource({ resource: 'https://api.example.com/files', authorizationServers: [ISSUER] }),
]
// #endregion

export const both = protect(resource, (request) => new Response(new URL(request.url).pathname))

// #region kvStore WorkerKvNamespace
export function withKv(env: { DOCUMENTS: WorkerKvNamespace; STORE_SECRET?: string }) {
  return protectedResource({
    resource: 'https://api.example.com/notes',
    authorizationServers: ['https://auth.example.com'],
    documentStore: kvStore(env.DOCUMENTS),
    documentStoreSecret: env.STORE_SECRET ?? '', // a ConfigError if it is not set
  })
}
// #endregion

// #region cacheStore WorkerCache
export function withCache(caches: { open(name: string): Promise<WorkerCache> }, secret: string) {
  return protectedResource({
    resource: 'https://api.example.com/notes',
    authorizationServers: ['https://auth.example.com'],
    documentStore: cacheStore(() => caches.open('mcp-gatehouse')),
    documentStoreSecret: secret,
  })
}
// #endregion

// #region durableObjectReplayStore ReplayObjectNamespace
export function withReplay(env: { REPLAY: ReplayObjectNamespace }) {
  return protectedResource({
    resource: 'https://api.example.com/notes',
    authorizationServers: ['https://auth.example.com'],
    dpop: { replay: durableObjectReplayStore(env.REPLAY) },
  })
}
// #endregion

// #region DpopReplayObject ReplayObjectState
// The runtime makes these objects. A test makes one with a state of its own.
export function makeReplay(state: ReplayObjectState): DpopReplayObject {
  return new DpopReplayObject(state)
}
// #endregion

// #region durableObjectDocumentStore DocumentObjectNamespace
export function withRevocation(env: { REVOCATIONS: DocumentObjectNamespace }) {
  const { isRevoked } = revokedBefore(durableObjectDocumentStore(env.REVOCATIONS))
  return protectedResource({
    resource: 'https://api.example.com/notes',
    authorizationServers: ['https://auth.example.com'],
    revocation: { isRevoked },
  })
}
// #endregion

// #region DocumentObject DocumentObjectState
// The runtime makes these objects. A test makes one with a state of its own.
export function makeDocuments(state: DocumentObjectState): DocumentObject {
  return new DocumentObject(state)
}
// #endregion
