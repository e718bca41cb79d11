/** The fixture on workerd, with documents in KV or in the Cache API. */

import type { DocumentStore } from 'mcp-gatehouse'
import {
  cacheStore,
  type DocumentObjectNamespace,
  durableObjectDocumentStore,
  durableObjectReplayStore,
  kvStore,
  protect,
  DpopReplayObject as ReplayObject,
  type ReplayObjectNamespace,
  type ReplayObjectState,
  type WorkerCache,
  type WorkerContext,
  type WorkerKvNamespace,
} from 'mcp-gatehouse/cloudflare'
import { control, createResource, handle, type Stores } from './fixture.ts'

interface Env {
  readonly AUTHORIZATION_SERVER: string
  readonly DOCUMENTS: WorkerKvNamespace | 'cache' | 'objects'
  readonly OBJECTS: DocumentObjectNamespace
  readonly REPLAY: ReplayObjectNamespace
}

export { DocumentObject } from 'mcp-gatehouse/cloudflare'

declare const caches: { open(name: string): Promise<WorkerCache> }

const guarded = protect(
  (env: Env) => createResource(env.AUTHORIZATION_SERVER, storesOf(env)),
  handle,
)

export default {
  async fetch(request: Request, env: Env, ctx: WorkerContext): Promise<Response> {
    const answer = await control(request, storesOf(env), env.AUTHORIZATION_SERVER)
    return answer ?? guarded.fetch(request, env, ctx)
  },
}

/** The replay object, with a request that returns the number of its keys. */
export class DpopReplayObject extends ReplayObject {
  readonly #state: ReplayObjectState

  constructor(state: ReplayObjectState) {
    super(state)
    this.#state = state
  }

  override async fetch(request: Request): Promise<Response> {
    if (request.method === 'POST') return super.fetch(request)
    return Response.json((await this.#state.storage.list({ limit: 1000 })).size)
  }
}

function storesOf({ DOCUMENTS, OBJECTS, REPLAY }: Env): Stores {
  return {
    documents: documentsOf(DOCUMENTS, OBJECTS),
    replay: durableObjectReplayStore(REPLAY),
  }
}

function documentsOf(documents: Env['DOCUMENTS'], objects: DocumentObjectNamespace): DocumentStore {
  if (documents === 'objects') return durableObjectDocumentStore(objects)
  if (documents === 'cache') return cacheStore(() => caches.open('mcp-gatehouse'))
  return kvStore(documents)
}
