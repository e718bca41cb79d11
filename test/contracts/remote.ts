/** A fixture's stores and state, used from the test's own process. */

import type { DocumentStore, ReplayStore, RevokedBefore } from '../../src/index.ts'
import { createClient } from '../support/http-client.ts'
import type { FixtureState, RevocationCall, StoreCall } from './fixture.ts'

export interface Member extends DocumentStore, ReplayStore, RevokedBefore {
  state(): Promise<FixtureState>
  /** A request to the resource. */
  request(headers: Record<string, string>): Promise<Response>
  /** A request to a resource that has just started in the member's process. */
  requestCold(headers: Record<string, string>): Promise<Response>
}

export function connect(origin: string): Member {
  const client = createClient(origin)
  const post = async <Result>(path: string, args: unknown): Promise<Result> => {
    const body = JSON.stringify(args)
    const response = await client.send({ method: 'POST', path, body })
    if (response.status !== 200) throw new Error(`the store failed: ${response.status}`)
    return (JSON.parse(response.body.toString()) as { result: Result }).result
  }
  const send = async (path: string, headers: Record<string, string>): Promise<Response> => {
    const response = await client.send({ method: 'POST', path, headers })
    return new Response(new Uint8Array(response.body), response)
  }
  const call = <Result>(...args: StoreCall): Promise<Result> => post('/store', args)
  const revocations = <Result>(...args: RevocationCall): Promise<Result> =>
    post('/revocations', args)
  return {
    isRevoked: (query) => revocations('isRevoked', query),
    revoke: (who, at) =>
      at === undefined ? revocations('revoke', who) : revocations('revoke', who, at),
    get: (key) => call('get', key),
    set: (key, value, ttlSeconds) => call('set', key, value, ttlSeconds),
    add: (key, expiresAt) => call('add', key, expiresAt),
    state: async () => {
      const { body } = await client.send({ path: '/state' })
      return JSON.parse(body.toString()) as FixtureState
    },
    request: (headers) => send('/mcp', headers),
    requestCold: (headers) => send('/cold', headers),
  }
}
