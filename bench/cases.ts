/** The cases that run in one process on every runtime. Each case is a table. */

import { metadataResponse, protectedResource } from '../dist/index.js'
import type { Case } from './case.ts'
import { dpop } from './dpop.ts'
import {
  ALGORITHMS,
  type Algorithm,
  createRequest,
  type Fixtures,
  ISSUER,
  importVerificationKey,
  MOST_USERS_ON_WORKERD,
  RESOURCE,
} from './fixtures.ts'
import * as subjects from './subjects.ts'
import { FEW_PLACES, USERS, usersTitle } from './users.ts'

/** Clients send the same token in different request objects. */
const REQUESTS = 64
/** So many tokens fit into the caches of a processor. */
const FEW = 64

export const CASES: readonly Case[] = [
  ...[1, FEW, 10_000].map(cached),
  ...USERS.map(users),
  ...ALGORITHMS.map(cold),
  rejected('no credentials', () => undefined),
  rejected('garbage', () => `Bearer ${'x'.repeat(800)}`),
  rejected('an expired token', ({ expired }) => `Bearer ${expired}`),
  rejected('a token with another audience', ({ elsewhere }) => `Bearer ${elsewhere}`),
  metadata(),
  dpop,
]

function cached(count: number): Case {
  return {
    part: 'cached',
    title: `Seen before: ${count} ${count === 1 ? 'token' : 'tokens'} in turn`,
    async prepare(fixtures) {
      const key = await importVerificationKey('RS256', fixtures.keys.RS256)
      const requests = bearing(fixtures.tokens.RS256.slice(0, count))
      const ours = subjects.gatehouse(key)
      const compared = await subjects.present([
        subjects.headerOnly(),
        ours,
        // Beside the others of its table: a table that is measured later has another state of the compiler.
        ...(count === FEW ? [subjects.oneRequest(ours, requests[0] as Request)] : []),
        subjects.sdkStatic(),
        subjects.fastJwt(key),
      ])
      for (const { run } of compared) for (const request of requests) await run(request)
      return { subjects: compared, requests, expected: 'accept' }
    },
  }
}

/** Each user has a token of its own. With a fifth of the places, most tokens are verified again. */
function users(count: number): Case {
  return {
    part: 'users',
    title: usersTitle(count),
    isLarge: count > MOST_USERS_ON_WORKERD,
    async prepare(fixtures) {
      const key = await importVerificationKey('ES256', fixtures.keys.ES256)
      const requests = bearing(fixtures.tokens.ES256.slice(0, count))
      const few = { ...subjects.gatehouse(key, { maxEntries: count / 5 }), name: FEW_PLACES }
      const ours = [subjects.gatehouse(key), few]
      // Twice: the cache chooses what it keeps when tokens come again.
      for (let times = 0; times < 2; times++) {
        for (const { run } of ours) for (const request of requests) await run(request)
      }
      const compared = [subjects.headerOnly(), subjects.joseJwks(key), ...ours]
      return { subjects: compared, requests: mixed(requests), expected: 'accept' }
    },
  }
}

/**
 * In another order than they came first. A full cache keeps those that came first, and a batch of requests
 * must not have only tokens with a place, or only tokens without.
 */
function mixed(requests: readonly Request[]): Request[] {
  return requests.map((_, index) => requests[(index * STRIDE) % requests.length] as Request)
}

/** A prime number, so that each request comes once. */
const STRIDE = 7919

function cold(algorithm: Algorithm): Case {
  return {
    part: 'cold',
    title: `Not seen before: ${algorithm}`,
    async prepare(fixtures) {
      const key = await importVerificationKey(algorithm, fixtures.keys[algorithm])
      const tokens = fixtures.tokens[algorithm].slice(0, REQUESTS)
      return {
        subjects: await subjects.present([
          subjects.subtleVerify(key, tokens),
          subjects.joseVerify(key),
          subjects.gatehouse(key, false),
          subjects.oauth4webapi(key),
          subjects.sdkJose(key),
          subjects.mcpAuth(key),
          subjects.fastJwt(key, false),
          ...(algorithm === 'RS256' ? [subjects.hono(key)] : []),
        ]),
        requests: bearing(tokens),
        expected: 'accept',
      }
    },
  }
}

/** Compares with a bare 401 and with a 401 with the same body and headers. */
function rejected(what: string, authorizationOf: (fixtures: Fixtures) => string | undefined): Case {
  return {
    part: 'rejected',
    title: `Rejected: ${what}`,
    async prepare(fixtures) {
      const key = await importVerificationKey('RS256', fixtures.keys.RS256)
      const requests = Array.from({ length: REQUESTS }, () =>
        createRequest(authorizationOf(fixtures)),
      )
      const ours = subjects.gatehouse(key)
      const rejection = (await ours.run(requests[0] as Request)) as Response
      const [body, { status }] = [await rejection.text(), rejection]
      const headers = Object.fromEntries(rejection.headers)
      return {
        subjects: await subjects.present([
          {
            name: 'new Response(null, { status })',
            role: 'floor',
            run: async () => new Response(null, { status }),
          },
          {
            name: 'new Response(body, { status, headers })',
            role: 'floor',
            run: async () => new Response(body, { status, headers }),
          },
          ours,
          subjects.sdkJose(key),
        ]),
        requests,
        expected: 'reject',
      }
    },
  }
}

/** Synchronous: none of the subjects awaits anything. */
function metadata(): Case {
  return {
    part: 'metadata',
    title: 'Metadata served',
    async prepare() {
      const resource = protectedResource({ resource: RESOURCE, authorizationServers: [ISSUER] })
      const request = new Request(resource.metadataUrl)
      const served = metadataResponse(request, resource) as Response
      const [body, headers] = [await served.text(), Object.fromEntries(served.headers)]
      return {
        subjects: [
          {
            name: 'new Response(body, { headers })',
            role: 'floor',
            run: () => new Response(body, { headers }),
          },
          {
            name: subjects.OURS,
            role: 'ours',
            run: (asked) => metadataResponse(asked, resource),
          },
        ],
        requests: [request],
        expected: 'accept',
      }
    },
  }
}

function bearing(tokens: readonly string[]): Request[] {
  return tokens.map((token) => createRequest(`Bearer ${token}`))
}
