/**
 * The program that runs twice on every engine: a resource with the engine's stores, and HTTP access to
 * the stores. It is independent of the engine.
 */

import {
  type DocumentStore,
  type ProtectedResource,
  protect,
  protectedResource,
  type ReplayStore,
  type RevocationQuery,
  type RevokedBefore,
  revokedBefore,
} from 'mcp-gatehouse'

export interface Stores {
  readonly documents: DocumentStore
  readonly replay: ReplayStore
}

/** The state that a fixture reports. */
export interface FixtureState {
  /** The number of runs of the handler. */
  readonly runs: number
  /** The number of stored documents; writes continue after the response. */
  readonly writes: number
  /** Codes of rejections, and outcomes of documents. */
  readonly events: readonly string[]
}

/** One call of a store: its method and arguments. */
export type StoreCall = ['get', string] | ['set', string, string, number] | ['add', string, number]

const RESOURCE = 'https://rs.example/mcp'

const state = { runs: 0, writes: 0, events: [] as string[] }

export function createResource(
  authorizationServer: string,
  { documents, replay }: Stores,
): ProtectedResource {
  return protectedResource({
    resource: RESOURCE,
    authorizationServers: [`${authorizationServer}/good`],
    dpop: { replay, algorithms: ['ES256'] },
    // The engines are slow on a busy machine.
    revocation: { isRevoked: revokedBefore(documents).isRevoked, timeoutMs: 5000 },
    documentStore: {
      get: (key) => documents.get(key),
      async set(key, value, ttlSeconds) {
        await documents.set(key, value, ttlSeconds)
        state.writes += 1
      },
    },
    documentStoreSecret: 'what is stored was stored by us, not by others',
    onEvent(event) {
      if (event.type === 'refused') state.events.push(event.code)
      if (event.type === 'document') state.events.push(event.outcome)
    },
  })
}

export function handle(): Response {
  state.runs += 1
  return new Response('handled')
}

/** A call of the revocations over the engine's store. */
export type RevocationCall =
  | ['revoke', Parameters<RevokedBefore['revoke']>[0], number?]
  | ['isRevoked', RevocationQuery]

/** Handles requests to the fixture itself; all other requests go to the resource. */
export async function control(
  request: Request,
  stores: Stores,
  authorizationServer: string,
): Promise<Response | undefined> {
  switch (new URL(request.url).pathname) {
    case '/state':
      return Response.json(state)
    case '/store': {
      const call = (await request.json()) as StoreCall
      return Response.json({ result: await callStore(call, stores) })
    }
    case '/revocations': {
      const { revoke, isRevoked } = revokedBefore(stores.documents)
      const call = (await request.json()) as RevocationCall
      const result =
        call[0] === 'revoke' ? await revoke(call[1], call[2]) : await isRevoked(call[1])
      return Response.json({ result })
    }
    case '/cold': {
      // A resource that has just started: it has cached nothing, and shares only the stores.
      const { method, headers } = request
      const guarded = protect(createResource(authorizationServer, stores), handle)
      return guarded(new Request(RESOURCE, { method, headers }))
    }
    default:
      return undefined
  }
}

function callStore(call: StoreCall, { documents, replay }: Stores): Promise<unknown> {
  switch (call[0]) {
    case 'get':
      return documents.get(call[1])
    case 'set':
      return documents.set(call[1], call[2], call[3])
    case 'add':
      return replay.add(call[1], call[2])
  }
}
