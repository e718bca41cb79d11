/**
 * Sixty days of three machines on a clock of the test: keys rotate every day, documents move and fail for hours, tokens
 * are revoked, and clocks step back. A naive reference, which knows the server, judges each decision.
 */

import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  type AuthEvent,
  protect,
  protectedResource,
  type ReplayStore,
  revokedBefore,
} from '../../src/index.ts'
import { createAgingServer, type IssuedToken } from '../support/aging-server.ts'
import { createClock, START } from '../support/clock.ts'
import { SEED, TIMEOUT } from '../support/fuzz.ts'
import { createHolder, type Holder, makeProof } from '../support/holder.ts'
import { ISSUER, RESOURCE } from '../support/issuer.ts'

const DAY = 86_400
const DAYS = 60
/** The mean time between two groups of requests. */
const STEP = 6000
const TOLERANCE = 30
const CACHE_SECONDS = 30
const KEEP_SECONDS = 2 * DAY
const PROOF_WINDOW = 300
/** An hour and a tenth, the time for which an outdated copy is used, and the longest pause between attempts. */
const KEYS_KEPT = 3600 * 1.1 + 3600 + 60
const SECRET = 'a secret of at least thirty-two bytes'

let holder: Holder
beforeAll(async () => {
  holder = await createHolder()
})
afterEach(() => vi.restoreAllMocks())

/** A store whose entries end on the clock of the test. */
function createStore(now: () => number) {
  const entries = new Map<string, { value: string; until: number }>()
  const find = (key: string): string | undefined => {
    const entry = entries.get(key)
    if (entry !== undefined && now() < entry.until) return entry.value
    entries.delete(key)
    return undefined
  }
  const write = (key: string, value: string, seconds: number): void =>
    void entries.set(key, { value, until: now() + seconds })
  const documents = {
    get: async (key: string) => find(key),
    set: async (key: string, value: string, seconds: number) => write(key, value, seconds),
  }
  const replay: ReplayStore = {
    async add(key, expiresAt) {
      if (find(key) !== undefined) return false
      write(key, '', expiresAt - now())
      return true
    },
  }
  return { documents, replay }
}

interface Proof {
  readonly text: string
  readonly issuedAt: number
  /** The machines that have accepted it. */
  readonly usedAt: Set<Machine>
}

interface Machine {
  readonly sharesStore: boolean
  /** How far its clock is ahead. */
  offset: number
  /** When a token with an unknown key last arrived: each uses up a fetch. */
  unknownKeyAt: number
  /** The clock went back: the fetches for unknown keys may be used up, and are then counted from the new time. */
  hasSteppedBack: boolean
  send(token: IssuedToken, proof?: Proof): Promise<number>
}

async function createWorld() {
  const { now, advance } = createClock()
  const server = await createAgingServer(now)
  const shared = createStore(now)
  const marks = new Map<unknown, number>()
  const revocations = revokedBefore(shared.documents, { keepSeconds: KEEP_SECONDS, now })

  function createMachine(sharesStore: boolean): Machine {
    const unknown = ['token_key', 'token_signature']
    const onEvent = (event: AuthEvent): void => {
      if (event.type === 'refused' && unknown.includes(event.code)) machine.unknownKeyAt = now()
    }
    const time = (): number => now() + machine.offset
    const introspection = { kind: 'introspection', clientId: 'rs', clientSecret: SECRET } as const
    const resource = protectedResource({
      resource: RESOURCE,
      authorizationServers: [
        {
          issuer: ISSUER,
          accessToken: ['jwt', { ...introspection, cacheSeconds: CACHE_SECONDS }],
        },
      ],
      ...{ fetch: server.fetch, now: time, onEvent, tokenCache: { maxEntries: 100 } },
      dpop: sharesStore ? { replay: shared.replay } : true,
      revocation: {
        isRevoked: revokedBefore(shared.documents, { keepSeconds: KEEP_SECONDS, now: time })
          .isRevoked,
        // In real time: the store is in memory, and the machine of the test may be busy.
        timeoutMs: 20_000,
      },
      ...(sharesStore ? { documentStore: shared.documents, documentStoreSecret: SECRET } : {}),
    })
    const works: Promise<unknown>[] = []
    const host = () => ({ waitUntil: (work: Promise<unknown>): void => void works.push(work) })
    const guarded = protect(resource, () => new Response('done'), {}, host)
    const machine: Machine = {
      ...{ sharesStore, offset: 0, unknownKeyAt: 0, hasSteppedBack: false },
      async send(token, proof) {
        const headers = new Headers({ Authorization: `Bearer ${token.text}` })
        if (proof !== undefined) {
          headers.set('Authorization', `DPoP ${token.text}`)
          headers.set('DPoP', proof.text)
        }
        const request = new Request(RESOURCE, { method: 'POST', headers })
        const { status } = await guarded(request)
        // The clock of the test moves between requests, and the writes to the store do not take that long.
        await Promise.all(works.splice(0))
        return status
      },
    }
    return machine
  }

  const machines = [createMachine(true), createMachine(true), createMachine(false)]

  /** Why a machine has to reject a token, or may reject it; `undefined`: it is valid. */
  function judge(machine: Machine, token: IssuedToken, proof?: Proof) {
    const time = now() + machine.offset
    const { kind, issuedAt, expiresAt, subject } = token
    const ended = now() - token.endedAt()
    const mark = marks.get(subject)
    const age = proof === undefined ? 0 : Math.abs(time - proof.issuedAt)
    const seen = proof?.usedAt ?? new Set<Machine>()
    const isShared = machine.sharesStore && [...seen].some(({ sharesStore }) => sharesStore)
    const must = {
      forged: kind === 'forged',
      expired: expiresAt <= time - TOLERANCE,
      'issued in the future': issuedAt > time + 300,
      revoked: mark !== undefined && issuedAt <= mark,
      'of a removed key': kind === 'jwt' && ended >= KEYS_KEPT,
      inactive: kind === 'opaque' && Math.max(ended, now() - expiresAt) > CACHE_SECONDS,
      'with an old proof': age > PROOF_WINDOW,
      'with a used proof': isShared || seen.has(machine),
    }
    const may = {
      'lately removed': ended >= 0,
      'inactive since the last response': kind === 'opaque' && now() >= expiresAt,
      'at the edge of the window': age === PROOF_WINDOW,
    }
    const reasonIn = (reasons: object) => Object.entries(reasons).find(([, holds]) => holds)?.[0]
    return { must: reasonIn(must), may: reasonIn(may) }
  }

  /** Whether a 503 has a cause: documents could not be fetched lately, or unknown keys have used up the fetches. */
  function mayBeUndecided(machine: Machine): boolean {
    return server.sinceOutage() <= 60 || now() - machine.unknownKeyAt <= 30
  }

  /** A 503 after a step back counts as an unknown key: the wait for the next fetch begins with it, once for each step. */
  function endStep(machine: Machine): void {
    machine.hasSteppedBack = false
    machine.unknownKeyAt = now()
  }

  return { now, advance, server, machines, marks, revocations, judge, mayBeUndecided, endStep }
}

describe(`a resource, seed ${SEED}`, { timeout: 4 * TIMEOUT }, () => {
  it('decides for sixty days as the server would, with clocks that step back', async () => {
    const random = createRandom(SEED)
    // The jitter of fresh times, too: the same seed leads to the same decisions.
    vi.spyOn(Math, 'random').mockImplementation(createRandom(SEED + 1))
    const pick = <Value>(values: readonly Value[]): Value =>
      values[Math.floor(random() * values.length)] as Value
    /** Whether something happens in this step that happens so many times a day. */
    const happens = (timesADay: number): boolean => random() < (timesADay * STEP) / DAY
    const world = await createWorld()
    const { now, advance, server, machines, marks, revocations } = world
    const tokens: IssuedToken[] = []
    const proofs: [IssuedToken, Proof][] = []
    const seen: Record<string, number> = {}
    let serial = 0

    const issue = async (): Promise<IssuedToken> => {
      const lifetime = pick([900, 4 * 3600, 12 * 3600, 26 * 3600])
      const claims = {
        ...{ sub: `user-${Math.floor(random() * 40)}`, iat: now(), exp: now() + lifetime },
        ...(random() < 0.4 ? { cnf: { jkt: holder.thumbprint } } : {}),
      }
      if (random() < 0.3) return server.issueOpaque(claims)
      return random() < 0.05 ? server.forge(claims, random() < 0.5) : server.issue(claims)
    }

    const present = async (
      token: IssuedToken,
      known?: Proof,
      machine = pick(machines),
    ): Promise<void> => {
      let proof = known
      if (token.thumbprint !== undefined && proof === undefined) {
        const claims = { iat: now(), jti: `proof-${serial++}` }
        const text = await makeProof(holder, token.text, { claims })
        proof = { text, issuedAt: now(), usedAt: new Set() }
      }
      const { must, may } = world.judge(machine, token, proof)
      const isUndecided = world.mayBeUndecided(machine)
      const status = await machine.send(token, proof)
      const isOfStep = status === 503 && !isUndecided && machine.hasSteppedBack
      if (isOfStep) world.endStep(machine)
      const allowed = [
        ...(must === undefined ? [200] : []),
        ...((must ?? may) === undefined ? [] : [401]),
        ...(isUndecided || isOfStep ? [503] : []),
      ]
      const day = ((now() - START) / DAY).toFixed(3)
      const about = `day ${day}: ${token.kind} ${must ?? may ?? 'good'}, clock ${machine.offset}`
      expect(allowed, `${about}: ${status}`).toContain(status)
      const outcome = `${must ?? may ?? 'good'} ${status}`
      seen[outcome] = (seen[outcome] ?? 0) + 1
      if (status !== 200 || proof === undefined) return
      proof.usedAt.add(machine)
      proofs.push([token, proof])
    }

    const change = async (): Promise<void> => {
      if (happens(1)) await server.rotate(pick([0, 0, 3600, 40 * 3600]), random() < 0.3)
      if (happens(0.3)) server.move()
      if (happens(1)) {
        server.cacheControl = pick([undefined, 'max-age=60', 'max-age=86400', 'no-store'])
      }
      if (happens(1) && server.sinceOutage() > 0) {
        const document = pick(['all', 'all', 'metadata', 'keys', 'introspection'] as const)
        const seconds = pick([30, 1800, 5400, 8 * 3600])
        server.fail(document, seconds, () => new Response('', { status: pick([500, 503]) }))
      }
      for (const machine of machines) {
        if (!happens(0.5)) continue
        // Machines that share a replay store may differ by 30 seconds.
        const offset = pick(machine.sharesStore ? [0, 0, 10, -20] : [0, 0, 20, -3600, -DAY, -DAY])
        machine.hasSteppedBack ||= offset < machine.offset
        machine.offset = offset
      }
      if (happens(3)) {
        const sub = `user-${Math.floor(random() * 40)}`
        await revocations.revoke({ issuer: ISSUER, sub })
        marks.set(sub, now())
      }
      if (happens(6) && tokens.length > 0) {
        const token = pick(tokens)
        if (token.kind === 'opaque' && token.endedAt() > now()) token.revoke()
      }
    }

    while (now() < START + DAYS * DAY) {
      advance(Math.ceil(2 * STEP * random()))
      await change()
      if (happens(2)) {
        const attacked = pick(machines)
        const claims = { iat: now(), exp: now() + 3600 }
        // They use up the fetches of the key set.
        for (let request = 0; request < 3; request++) {
          await present(await server.forge(claims, false), undefined, attacked)
        }
      }
      for (let request = 0; request < 4; request++) {
        if (random() < 0.3 || tokens.length === 0) tokens.push(await issue())
        const used = random() < 0.2 ? proofs.at(-1) : undefined
        if (used !== undefined) await present(...used)
        else await present(pick(tokens.slice(random() < 0.7 ? -5 : -30)))
        advance(Math.floor(4 * random()))
      }
    }
    // Each case came up.
    for (const outcome of ['good 200', 'good 503', 'revoked 401', 'of a removed key 401']) {
      expect(seen[outcome], outcome).toBeGreaterThan(0)
    }
  })
})

/** Numbers from 0 to 1 that depend on the seed only. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    // The low bits of this generator repeat soon.
    return (state >>> 8) / 2 ** 24
  }
}
