/** Two members that share an engine: the contracts of their stores, and the effects of sharing. */

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  type AuthorizationServers,
  startAuthorizationServers,
} from '../runtimes/authorization-server.ts'
import { createHolder, digest, type Holder, makeProof } from '../support/holder.ts'
import { testDocumentStore } from './document-store.ts'
import { connect, type Member } from './remote.ts'
import { testRevocations } from './revocations.ts'
import { testReplayStore } from './shared-replay-store.ts'

export interface Engine {
  readonly name: string
  /** Why the engine is not available on this machine. */
  readonly missing?: string | undefined
  /** Whether hundreds of concurrent calls go to one member or to both. @default 'both' */
  readonly crowd?: 'both' | 'one'
  /** Starts two members and returns their origins. */
  start(servers: AuthorizationServers): Promise<Cluster>
}

export interface Cluster {
  readonly origins: readonly [string, string]
  close(): Promise<void>
}

/** For tests of a single engine. Complete only once a test runs. */
export interface Stage {
  readonly servers: AuthorizationServers
  readonly members: readonly [Member, Member]
  /** Headers of a request with a token bound to a key, and a proof for one use. */
  prove(claims?: Record<string, unknown>): Promise<{ Authorization: string; DPoP: string }>
}

const RESOURCE = 'https://rs.example/mcp'
const METADATA_URL = 'https://rs.example/.well-known/oauth-protected-resource/mcp'
const REPLAYED = `Bearer resource_metadata="${METADATA_URL}", DPoP error="invalid_dpop_proof", error_description="The DPoP proof is missing, invalid or was used before.", algs="ES256", resource_metadata="${METADATA_URL}"`

export function testEngine(
  { name, missing, crowd = 'both', start }: Engine,
  further?: (stage: () => Stage) => void,
): void {
  if (missing !== undefined) console.warn(`The contracts leave ${name} out: ${missing}.`)

  describe.skipIf(missing !== undefined)(`on ${name}`, () => {
    let cluster: Cluster | undefined
    let stage: Stage

    beforeAll(async () => {
      const [servers, holder] = await Promise.all([startAuthorizationServers(), createHolder()])
      cluster = await start(servers)
      const [one, other] = cluster.origins
      const members = [connect(one), connect(other)] as const
      stage = { servers, members, prove: (claims) => prove(servers, holder, claims) }
    })
    afterAll(async () => {
      await cluster?.close()
      await stage?.servers.close()
    })

    test('two members fetch metadata and keys once, and reject a replay at the other', async () => {
      const { servers, members, prove } = stage
      const [one, other] = members
      const headers = await prove()
      expect((await one.request(headers)).status).toBe(200)
      await vi.waitUntil(async () => (await one.state()).writes === 2)

      await expectReplayed(other, () => other.request(headers))
      expect((await other.request(await prove())).status).toBe(200)
      expect(servers.asked).toEqual(['/.well-known/oauth-authorization-server/good', '/good/jwks'])
      expect((await one.state()).events).toEqual(['fetched', 'fetched'])
    })

    test('one proof sent to both members at once passes at one', async () => {
      const { members, prove } = stage
      const headers = await prove()
      const before = await runsOf(members)
      const responses = await Promise.all(members.map((member) => member.request(headers)))
      expect(responses.map(({ status }) => status).sort()).toEqual([200, 401])
      expect((await runsOf(members)) - before).toBe(1)
    })

    test('a resource that starts while the authorization server is down uses the stored documents', async () => {
      const { servers, members, prove } = stage
      const paths = ['/.well-known/oauth-authorization-server/good', '/good/*']
      for (const path of paths) servers.overrides.set(path, () => new Response('', { status: 500 }))
      const asked = servers.asked.length
      for (const member of members) {
        expect((await member.requestCold(await prove())).status).toBe(200)
        const headers = await prove()
        expect((await member.request(headers)).status).toBe(200)
        await expectReplayed(member, () => member.requestCold(headers))
      }
      expect(servers.asked.length).toBe(asked)
      for (const path of paths) servers.overrides.delete(path)
    })

    testDocumentStore(() => stage.members)
    testRevocations(() => stage)
    testReplayStore(name, () => stage.members, crowd)
    further?.(() => stage)
  })
}

async function expectReplayed(member: Member, send: () => Promise<Response>): Promise<void> {
  const before = await member.state()
  const response = await send()
  expect({
    status: response.status,
    challenge: response.headers.get('WWW-Authenticate'),
    cache: response.headers.get('Cache-Control'),
    body: await response.json(),
  }).toEqual({
    status: 401,
    challenge: REPLAYED,
    cache: 'no-store',
    body: {
      error: 'invalid_dpop_proof',
      error_description: 'The DPoP proof is missing, invalid or was used before.',
    },
  })
  const { runs, events } = await member.state()
  expect([runs - before.runs, events.at(-1)]).toEqual([0, 'dpop_proof_replayed'])
}

async function runsOf(members: readonly Member[]): Promise<number> {
  const states = await Promise.all(members.map((member) => member.state()))
  return states.reduce((sum, { runs }) => sum + runs, 0)
}

/** Stores use the host's clock, so all tests here do. */
async function prove(
  servers: AuthorizationServers,
  holder: Holder,
  further: Record<string, unknown> = {},
) {
  const iat = Math.floor(Date.now() / 1000)
  const claims = {
    cnf: { jkt: holder.thumbprint },
    aud: RESOURCE,
    iat,
    exp: iat + 3600,
    ...further,
  }
  const token = await servers.token({ claims })
  const proof = { jti: randomUUID(), htm: 'POST', htu: RESOURCE, iat, ath: digest(token) }
  return { Authorization: `DPoP ${token}`, DPoP: await makeProof(holder, token, { claims: proof }) }
}
