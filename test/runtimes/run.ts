/** Runs the suite as vitest tests, one for each behaviour. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient } from '../support/http-client.ts'
import {
  type AuthorizationServers,
  NOW,
  startAuthorizationServers,
} from './authorization-server.ts'
import { countRuns, type Scene } from './behaviour.ts'
import { absence, type Running } from './processes.ts'
import { BEHAVIOURS } from './suite.ts'

export interface Runtime {
  readonly name: string
  /** The binary in node_modules/.bin, or its absolute path. */
  readonly binary: string
  start(servers: AuthorizationServers, suite: string): Promise<Running>
}

/** For tests of a single runtime. Complete only once a test runs. */
export interface Stage {
  readonly scene: Scene
  readonly suite: () => string
  readonly origin: () => string
  readonly createClient: typeof createClient
}

export function runSuite({ name, binary, start }: Runtime, further?: (stage: Stage) => void): void {
  const missing = absence(binary)
  if (missing !== undefined) console.warn(`The runtime suite leaves ${name} out: ${missing}.`)

  describe.skipIf(missing !== undefined)(`on ${name}, a protected resource`, () => {
    const scene = {} as { -readonly [Part in keyof Scene]: Scene[Part] }
    let running: Running | undefined
    const suite = (): string =>
      JSON.stringify({ authorizationServer: scene.servers.origin, now: NOW })

    beforeAll(async () => {
      scene.servers = await startAuthorizationServers()
      running = await start(scene.servers, suite())
      scene.client = createClient(running.origin)
    })
    afterAll(async () => {
      await running?.close()
      await scene.servers?.close()
    })

    test.each(BEHAVIOURS)('$title', async ({ act, runs, expected }) => {
      const before = await countRuns(scene)
      const observed = await act(scene)
      const after = await countRuns(scene)
      expect(observed).toEqual(expected)
      expect(after - before - 1).toBe(runs)
    })

    further?.({ scene, suite, origin: () => running?.origin ?? '', createClient })
  })
}
