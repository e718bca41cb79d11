/**
 * For any two options, tokens or requests that meet: the whole answer, the context and the events are those of a reference, for
 * both entries. Each pair is the only difference from a case that is accepted, so no earlier mistake hides what the two do.
 */

import { beforeAll, describe, expect, it } from 'vitest'
import * as main from '../../src/index.ts'
import * as core from '../support/core-entry.ts'
import { RESOURCE } from '../support/issuer.ts'
import { createMaterial, type Material, optionsOf, SECRET } from '../support/pairs/build.ts'
import {
  ANONYMOUS,
  BOUND,
  type Case,
  differencesOf,
  FACTORS,
  type Factor,
  pairsAround,
  SCOPED,
  USUAL,
} from '../support/pairs/factors.ts'
import { conflictsOf, type Expected, expectedOf } from '../support/pairs/reference.ts'
import { BODIES, certificateOf, requestOf, routeOf } from '../support/pairs/request.ts'

const ALL = Object.keys(FACTORS) as Factor[]
/** Tokens and bodies are the most values by far. */
const ABOUT_BINDING = ALL.filter((name) => name !== 'token' && name !== 'body')
const ABOUT_CALLS: readonly Factor[] = [
  ...(['entry', 'dpop', 'mtls', 'operations', 'sessions', 'mapClaims', 'hierarchy'] as const),
  ...(['requiredScopes', 'challengeScopes', 'repeat', 'source', 'getStream', 'audit'] as const),
  ...(['scopes', 'acr', 'login', 'optional', 'scheme', 'method', 'body', 'session'] as const),
]

let material: Material
let sessionId: string

beforeAll(async () => {
  material = await createMaterial()
  const options = { ...optionsOf(USUAL, material), sessions: { secret: SECRET }, onEvent: () => {} }
  const respond = () => new Response('', { headers: { 'Mcp-Session-Id': 'id' } })
  const response = await main.protect(
    main.protectedResource(options),
    respond,
  )(await requestOf(USUAL, material, ''))
  sessionId = response.headers.get('Mcp-Session-Id') ?? ''
})

describe('pairs of options, tokens and requests', { timeout: 120_000 }, () => {
  it.each([
    ['around the usual case', USUAL, ALL],
    ['around a token that is bound to a key', BOUND, ABOUT_BINDING],
    ['around a public call without a token', ANONYMOUS, ABOUT_CALLS],
    ['around a call that needs scopes', SCOPED, ABOUT_CALLS],
  ] as const)('%s are answered as the reference says', async (_around, base, names) => {
    const differences: string[] = []
    let count = 0
    for (const each of pairsAround(base, names)) {
      count++
      for (const difference of await compare(each)) {
        differences.push(`${differencesOf(each)}: ${difference}`)
      }
    }
    expect(count).toBeGreaterThan(500)
    expect(differences.slice(0, 20)).toEqual([])
  })
})

async function compare(each: Case): Promise<string[]> {
  const { protect, protectedResource } = each.entry === 'core' ? core : main
  const events: main.AuthEvent[] = []
  const records: main.AuditRecord[] = []
  const runs: {
    auth: main.AuthContext | main.AnonymousContext
    text: string
    id: string | null
  }[] = []
  const conflicts = conflictsOf(each)
  let resource: main.ProtectedResource
  try {
    resource = protectedResource({
      ...optionsOf(each, material),
      onEvent(event) {
        events.push(event)
        if (each.listener === 'throws') throw new Error('a listener fails')
      },
      ...(each.audit === 'off' ? {} : { audit: recorderOf(each, records) }),
    })
  } catch (error) {
    const { problems = [] } = error as Partial<main.ConfigError>
    return difference('conflicts', problems.map(({ path }) => path).join(), conflicts.join())
  }
  if (conflicts.length > 0) return [`no ConfigError about ${conflicts}`]
  const handle = protect(
    resource,
    async (request, auth) => {
      runs.push({ auth, text: await request.text(), id: request.headers.get('Mcp-Session-Id') })
      return new Response('done')
    },
    routeOf(each) as { optional: true },
    () => certificateOf(each),
  )
  const expected = expectedOf(each)
  const found: string[] = []
  // A second request shows what is remembered of a token.
  for (const round of expected.status === 200 ? [0, 1] : [0]) {
    for (const list of [events, records, runs]) list.length = 0
    const response = await handle(await requestOf(each, material, sessionId))
    const decisions = events.filter(({ type }) => type === 'accepted' || type === 'refused')
    found.push(
      ...difference('status', response.status, expected.status),
      ...difference(
        'challenge',
        response.headers.get('WWW-Authenticate') ?? undefined,
        expected.challenge,
      ),
      ...difference('events', decisions.map(({ type }) => type).join(), eventsOf(expected)),
      ...codeDifference(decisions.at(-1), expected),
      ...difference('runs', runs.length, expected.status === 200 ? 1 : 0),
      ...difference('retry', response.headers.has('Retry-After'), expected.status === 503),
      ...difference('records', records.length, each.audit === 'off' ? 0 : recordsOf(expected)),
      ...runs.flatMap((run) => contextDifferences(each, run, expected, decisions[0], round > 0)),
    )
  }
  return found
}

function recorderOf({ audit }: Case, records: main.AuditRecord[]) {
  return (record: main.AuditRecord): void => {
    records.push(record)
    if (audit === 'throws') throw new Error('the log is full')
  }
}

function difference(what: string, received: unknown, expected: unknown): string[] {
  const [left, right] = [JSON.stringify(received), JSON.stringify(expected)]
  return left === right ? [] : [`${what} ${left}, expected ${right}`]
}

function eventsOf({ isAccepted, codes }: Expected): string {
  return [...(isAccepted ? ['accepted'] : []), ...(codes.length > 0 ? ['refused'] : [])].join()
}

function recordsOf({ isAccepted, codes, context }: Expected): number {
  const isAnonymous = context !== undefined && context.issuer === undefined
  return (isAccepted || isAnonymous ? 1 : 0) + (codes.length > 0 ? 1 : 0)
}

function codeDifference(event: main.AuthEvent | undefined, { codes }: Expected): string[] {
  if (codes.length === 0) return []
  const code = event?.type === 'refused' ? event.code : undefined
  return code !== undefined && codes.includes(code) ? [] : [`code ${code}, expected ${codes}`]
}

function contextDifferences(
  each: Case,
  {
    auth,
    text,
    id,
  }: { auth: main.AuthContext | main.AnonymousContext; text: string; id: string | null },
  { context }: Expected,
  event: main.AuthEvent | undefined,
  isRepeated: boolean,
): string[] {
  if (context === undefined) return []
  const { operations, isCacheable, scopes, ...named } = context
  const { issuer, subject, clientId, scheme, actor } = auth as Partial<main.AuthContext>
  const isCached = event?.type === 'accepted' && event.cached
  const isOpened = each.sessions === 'on' && each.session === 'own'
  const ids = { none: null, own: isOpened ? 'id' : sessionId, forged: 'id.forged' }
  return [
    ...difference('context', { issuer, subject, clientId, scheme, actor: actor?.subject }, named),
    ...difference('scopes', [...auth.scopes].sort(), [...scopes].sort()),
    ...difference('operations', auth.operations.length, operations),
    ...difference('cached', isCached, isRepeated && isCacheable),
    ...difference('identifier', auth.identifier, RESOURCE),
    ...difference('body', text, each.method === 'POST' ? (BODIES[each.body] ?? '') : ''),
    ...difference('session', id, ids[each.session]),
  ]
}
