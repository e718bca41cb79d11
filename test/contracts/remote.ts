/** A fixture's stores and state, used from the test's own process. */

import type { DocumentStore, ReplayStore } from '../../src/index.ts'
import { createClient } from '../support/http-client.ts'
import type { FixtureState, StoreCall } from './fixture.ts'

export interface Member extends DocumentStore, ReplayStore {
  state(): Promise<FixtureState>
  /** A request to the resource. */
  request(headers: Record<string, string>): Promise<Response>
}

export function connect(origin: string): Member {
  const client = createClient(origin)
  const call = async <Result>(...args: StoreCall): Promise<Result> => {
    const body = JSON.stringify(args)
    const response = await client.send({ method: 'POST', path: '/store', body })
    if (response.status !== 200) throw new Error(`the store failed: ${response.status}`)
    return (JSON.parse(response.body.toString()) as { result: Result }).result
  }
  return {
    get: (key) => call('get', key),
    set: (key, value, ttlSeconds) => call('set', key, value, ttlSeconds),
    add: (key, expiresAt) => call('add', key, expiresAt),
    state: async () => {
      const { body } = await client.send({ path: '/state' })
      return JSON.parse(body.toString()) as FixtureState
    },
    request: async (headers) => {
      const response = await client.send({ method: 'POST', path: '/mcp', headers })
      return new Response(new Uint8Array(response.body), response)
    },
  }
}
