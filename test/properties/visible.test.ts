/** SCO-18: for any policy and token, what `visible` shows passes, and what it hides is rejected. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  authenticate,
  deny,
  type ItemOf,
  type ListedMethod,
  type OperationDecision,
  type OperationPolicy,
  type ProtectedResourceOptions,
  permits,
  protectedResource,
  type Requirements,
  type ScopeRule,
  visible,
} from '../../src/index.ts'
import { SEED } from '../support/fuzz.ts'
import { ISSUER, RESOURCE } from '../support/issuer.ts'
import { message, post } from '../support/mcp.ts'

const RUNS = 10_000
const NOW = 1_800_000_000

const SCOPES = ['a', 'b', 'c', 'd'] as const
const scopes = fc.subarray([...SCOPES], { maxLength: 3 })
const some = fc.subarray([...SCOPES], { minLength: 1, maxLength: 3 })

const rule: fc.Arbitrary<ScopeRule | undefined> = fc.oneof(
  { weight: 4, arbitrary: scopes },
  { weight: 2, arbitrary: some.map((anyOf) => ({ anyOf })) },
  { weight: 2, arbitrary: fc.constant('public' as const) },
  { weight: 1, arbitrary: fc.constant(deny('x')) },
  { weight: 1, arbitrary: fc.constant(undefined) },
)

/** URIs of which some are spelt differently, and some are invalid. */
const NAMES: Readonly<Record<ListedMethod, readonly string[]>> = {
  'tools/call': ['x', 'y', '', ' x', 'constructor', '__proto__'],
  'prompts/get': ['x', 'y'],
  'resources/read': [
    'note://a/b',
    'NOTE://a/%62',
    'file:///c/./d',
    'file:///c//d?e',
    'no URI',
    'file:///a%2Fb',
  ],
  'resources/subscribe': ['note://a/b', 'note://a/b#c', 'https://h', 'HTTPS://H:443/'],
}

const KEYS = [
  '*',
  'tools/call',
  'tools/call x',
  'prompts/get',
  'prompts/get x',
  'resources/read',
  'resources/read note://a/b',
  'resources/read file:///c/d',
  'resources/subscribe https://h/',
  'tools/list',
]

const table = fc
  .subarray(KEYS)
  .chain((keys) => fc.tuple(...keys.map((key) => rule.map((each) => [key, each] as const))))
  .map((entries) => Object.fromEntries(entries) as OperationPolicy)

/** A decision that reads no arguments: by a table of its own, at once or later, or failing. */
const decision = fc
  .tuple(
    fc.array(rule, { minLength: 1, maxLength: 4 }),
    fc.constantFrom('sync', 'async', 'throws', 'rejects', 'odd'),
  )
  .map(([rules, kind]): OperationDecision => {
    const find = (name = '') => rules[name.length % rules.length]
    if (kind === 'sync') return ({ name }) => find(name)
    if (kind === 'async') return async ({ name }) => find(name)
    return ({ name }) => {
      if (name?.includes('x') !== true) return find(name)
      if (kind === 'odd') return 'odd' as never
      if (kind === 'rejects') return Promise.reject(new Error('boom'))
      throw new Error('boom')
    }
  })

const HIERARCHIES = [undefined, { a: ['b'], b: ['c'] }, { d: ['a'] }] as const

interface World {
  readonly policy: OperationPolicy | undefined
  readonly mode: 'enforce' | 'report'
  readonly required: readonly string[]
  readonly hierarchy: ProtectedResourceOptions['scopeHierarchy']
  readonly repeat: boolean
  readonly challenge: readonly string[] | undefined
  readonly requirements: Requirements
  /** The scopes of the token; `undefined`: no token. */
  readonly granted: readonly string[] | undefined
  readonly acr: string | undefined
  readonly method: ListedMethod
  readonly isCopy: boolean
}

const world: fc.Arbitrary<World> = fc.record({
  policy: fc.oneof(
    { weight: 6, arbitrary: table },
    { weight: 2, arbitrary: decision },
    { weight: 1, arbitrary: fc.constant(undefined) },
  ),
  mode: fc.constantFrom('enforce', 'enforce', 'enforce', 'report'),
  required: fc.subarray([...SCOPES], { maxLength: 1 }),
  hierarchy: fc.constantFrom(...HIERARCHIES),
  repeat: fc.boolean(),
  challenge: fc.option(fc.constant(['a', 'z']), { nil: undefined, freq: 5 }),
  requirements: fc.record(
    {
      scopes: fc.oneof(
        fc.subarray([...SCOPES], { maxLength: 1 }),
        some.map((anyOf) => ({ anyOf })),
      ),
      acrValues: fc.constantFrom(['high'], []),
      optional: fc.boolean(),
    },
    { requiredKeys: [] },
  ),
  granted: fc.option(scopes, { nil: undefined, freq: 4 }),
  acr: fc.constantFrom(undefined, 'high', 'low'),
  method: fc.constantFrom('tools/call', 'prompts/get', 'resources/read', 'resources/subscribe'),
  isCopy: fc.boolean(),
})

function createResource({ policy, mode, required, hierarchy, repeat, challenge }: World) {
  return protectedResource({
    resource: RESOURCE,
    authorizationServers: [
      {
        issuer: ISSUER,
        accessToken: {
          kind: 'custom',
          verify: async (token) => ({
            ...JSON.parse(Buffer.from(token, 'base64url').toString()),
            aud: RESOURCE,
            sub: 'user-1',
            exp: NOW + 60,
          }),
        },
      },
    ],
    requiredScopes: required,
    scopeHierarchy: hierarchy,
    repeatGrantedScopes: repeat,
    challengeScopes: challenge,
    decisionMode: mode,
    operations: policy,
    now: () => NOW,
    onEvent: () => undefined,
  })
}

/** A call of an item, as the guard of its route decides it. */
async function call(
  resource: ReturnType<typeof createResource>,
  { granted, acr, requirements, method }: World,
  name: string,
) {
  const params = method.startsWith('resources/') ? { uri: name } : { name }
  const request = new Request(RESOURCE, post(message(method, params)))
  if (granted !== undefined) {
    const claims = JSON.stringify({ scope: granted.join(' '), acr })
    request.headers.set('Authorization', `Bearer ${Buffer.from(claims).toString('base64url')}`)
  }
  // Anonymous contexts exist where `optional` is set.
  const optional = granted === undefined ? true : requirements.optional
  return authenticate(request, resource, { ...requirements, optional } as { optional: true })
}

/** A context of a route without requirements of its own, which serves the lists. */
async function contextOf({ granted, acr, isCopy }: World, options: World) {
  const open = createResource({ ...options, policy: undefined, required: [] })
  const auth = await call(open, { ...options, granted, acr, requirements: {} }, 'x')
  if (!auth.ok) throw new Error('The context was rejected.')
  return isCopy ? { ...auth } : auth
}

describe('visible() and permits()', () => {
  it(`SCO-18: agree with the guard for ${RUNS} policies and tokens`, {
    timeout: 120_000,
  }, async () => {
    const tally = { shown: 0, hidden: 0 }
    await fc.assert(
      fc.asyncProperty(world, async (each) => {
        const resource = createResource(each)
        const auth = await contextOf(each, each)
        const key = each.method.startsWith('resources/') ? 'uri' : 'name'
        const items = NAMES[each.method].map((name) => ({
          [key]: name,
        })) as ItemOf<ListedMethod>[]
        const requirements =
          each.granted === undefined ? { ...each.requirements, optional: true } : each.requirements
        const shown = await visible(resource, auth, each.method, items as never[], requirements)
        for (const [index, name] of NAMES[each.method].entries()) {
          const response = await call(resource, each, name)
          const isShown = shown.includes(items[index] as never)
          expect(isShown).toBe(response.ok)
          tally[isShown ? 'shown' : 'hidden'] += 1
          const operation = { method: each.method, name }
          const permission = await permits(resource, auth, operation, requirements)
          expect(permission.ok).toBe(response.ok)
          if (permission.ok || response.ok) continue
          const isDenied = permission.denied
          // A denial of an anonymous call is a 401 with the other scopes.
          if (isDenied && each.granted === undefined) {
            expect({ status: response.status, scopes: permission.scopes }).toEqual({
              status: 401,
              scopes: [],
            })
            continue
          }
          expect(isDenied).toBe(
            response.status === 403 && !response.headers.has('WWW-Authenticate'),
          )
          const header = response.headers.get('WWW-Authenticate') ?? ''
          expect(permission.scopes).toEqual(/ scope="([^"]*)"/.exec(header)?.[1]?.split(' ') ?? [])
        }
      }),
      { seed: SEED, numRuns: RUNS },
    )
    // Both outcomes are common, so neither half of the property is empty.
    expect(Math.min(tally.shown, tally.hidden)).toBeGreaterThan(RUNS / 2)
  })
})
