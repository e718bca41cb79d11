/**
 * The program that every engine runs twice: a resource whose stores are the engine's, and a way to use
 * the stores from outside. Nothing in it knows which engine.
 */

import {
  type DocumentStore,
  type ProtectedResource,
  protectedResource,
  type ReplayStore,
} from 'mcp-gatehouse'

export interface Stores {
  readonly documents: DocumentStore
  readonly replay: ReplayStore
}

/** What a fixture tells of itself. */
export interface FixtureState {
  /** How often the handler ran. */
  readonly runs: number
  /** How many documents were stored; writing goes on after the response. */
  readonly writes: number
  /** Codes of refusals, and outcomes of documents. */
  readonly events: readonly string[]
}

/** One call of a store: its method and arguments. */
export type StoreCall = ['get', string] | ['set', string, string, number] | ['add', string, number]

const state = { runs: 0, writes: 0, events: [] as string[] }

export function createResource(
  authorizationServer: string,
  { documents, replay }: Stores,
): ProtectedResource {
  return protectedResource({
    resource: 'https://rs.example/mcp',
    authorizationServers: [`${authorizationServer}/good`],
    dpop: { replay, algorithms: ['ES256'] },
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

/** Answers what tests ask of the fixture itself; everything else is for the resource. */
export async function control(request: Request, stores: Stores): Promise<Response | undefined> {
  switch (new URL(request.url).pathname) {
    case '/state':
      return Response.json(state)
    case '/store': {
      const call = (await request.json()) as StoreCall
      return Response.json({ result: await callStore(call, stores) })
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
