/** What is measured side by side inside one process, on every runtime: one case, one table. */

import {
  authenticate,
  metadataResponse,
  type ProtectedResource,
  protectedResource,
} from '../dist/index.js'
import {
  ALGORITHMS,
  type Algorithm,
  createProofs,
  createRequest,
  type Fixtures,
  ISSUER,
  importVerificationKey,
  RESOURCE,
} from './fixtures.ts'
import type { Subject } from './subjects.ts'
import * as subjects from './subjects.ts'

export type CasePart = 'cached' | 'cold' | 'refused' | 'metadata' | 'dpop'

export interface Case {
  readonly part: CasePart
  readonly title: string
  prepare(fixtures: Fixtures): Promise<Prepared>
}

/** Everything ready, so that nothing but the work itself is timed. */
export interface Prepared {
  readonly subjects: readonly Subject[]
  readonly requests: readonly Request[]
  /** What the subjects have to say of each request, if they are to be compared. */
  readonly verdict: 'accept' | 'refuse'
}

/** Subjects of which some may not run on this runtime. */
type Candidates = readonly (Subject | Promise<Subject>)[]

/** What a client sends over and over is not one object for ever, but not many either. */
const REQUESTS = 64
/** A replay memory takes each once; below what one principal may fill on Workers. */
const PROOFS = 500

export const CASES: readonly Case[] = [
  ...[1, 64, 10_000].map(cached),
  ...ALGORITHMS.map(cold),
  refused('no credentials', () => undefined),
  refused('garbage', () => `Bearer ${'x'.repeat(800)}`),
  refused('an expired token', ({ expired }) => `Bearer ${expired}`),
  refused('a token for somebody else', ({ elsewhere }) => `Bearer ${elsewhere}`),
  metadata(),
  dpop(),
]

function cached(count: number): Case {
  return {
    part: 'cached',
    title: `Seen before: ${count} ${count === 1 ? 'token' : 'tokens'} in turn`,
    async prepare(fixtures) {
      const key = await importVerificationKey(fixtures, 'RS256')
      const requests = bearing(fixtures.tokens.RS256.slice(0, count))
      const compared = await present([
        subjects.headerOnly(),
        subjects.gatehouse(key),
        subjects.sdkStatic(),
        subjects.fastJwt(key),
      ])
      for (const { run } of compared) for (const request of requests) await run(request)
      return { subjects: compared, requests, verdict: 'accept' }
    },
  }
}

function cold(algorithm: Algorithm): Case {
  return {
    part: 'cold',
    title: `Not seen before: ${algorithm}`,
    async prepare(fixtures) {
      const key = await importVerificationKey(fixtures, algorithm)
      const tokens = fixtures.tokens[algorithm].slice(0, REQUESTS)
      return {
        subjects: await present([
          subjects.subtleVerify(key, tokens[0] ?? ''),
          subjects.joseVerify(key),
          subjects.gatehouse(key, false),
          subjects.oauth4webapi(key),
          subjects.sdkJose(key),
          subjects.mcpAuth(key),
          ...(algorithm === 'RS256' ? [subjects.hono(key)] : []),
        ]),
        requests: bearing(tokens),
        verdict: 'accept',
      }
    },
  }
}

/** Beside a bare 401, and beside one with the very body and headers that ours has. */
function refused(what: string, authorizationOf: (fixtures: Fixtures) => string | undefined): Case {
  return {
    part: 'refused',
    title: `Refused: ${what}`,
    async prepare(fixtures) {
      const key = await importVerificationKey(fixtures, 'RS256')
      const requests = Array.from({ length: REQUESTS }, () =>
        createRequest(authorizationOf(fixtures)),
      )
      const ours = subjects.gatehouse(key)
      const refusal = (await ours.run(requests[0] as Request)) as Response
      const [body, { status }] = [await refusal.text(), refusal]
      const headers = Object.fromEntries(refusal.headers)
      return {
        subjects: await present([
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
        verdict: 'refuse',
      }
    },
  }
}

/** Nobody has to wait here, so nobody does. */
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
        verdict: 'accept',
      }
    },
  }
}

/** A token that is remembered, and a proof that cannot be: one signature has to be verified. */
function dpop(): Case {
  return {
    part: 'dpop',
    title: 'DPoP: a token seen before with a fresh proof',
    async prepare(fixtures) {
      const { dpop: client } = fixtures
      const proofs = await createProofs(client, PROOFS)
      const requests = proofs.map((proof) => createRequest(`DPoP ${client.token}`, proof))
      const { kty, crv, x, y } = client.key
      const keys = { ...fixtures.keys, ES256: { kty, crv, x, y } as typeof client.key }
      const proofKey = await importVerificationKey({ ...fixtures, keys }, 'ES256')
      const make = (replay: false | undefined) => () =>
        protectedResource({
          resource: RESOURCE,
          authorizationServers: [
            { issuer: ISSUER, jwks: { keys: [fixtures.keys.ES256] as never } },
          ],
          requiredScopes: ['notes:read'],
          dpop: { replay },
        })
      return {
        subjects: await present([
          subjects.subtleVerify(proofKey, proofs[0] ?? ''),
          proving('mcp-gatehouse, replays not remembered', make(false), requests),
          proving('mcp-gatehouse, replays remembered', make(undefined), requests),
          subjects.oauth4webapi(await importVerificationKey(fixtures, 'ES256')),
        ]),
        requests,
        verdict: 'accept',
      }
    },
  }
}

/** Goes through the proofs in order, with a new memory each time round. */
function proving(
  name: string,
  make: () => ProtectedResource,
  requests: readonly Request[],
): Subject {
  let resource = make()
  let index = 0
  return {
    name,
    role: 'ours',
    run() {
      if (index === requests.length) [resource, index] = [make(), 0]
      const request = requests[index] as Request
      index += 1
      return authenticate(request, resource)
    },
  }
}

function bearing(tokens: readonly string[]): Request[] {
  return tokens.map((token) => createRequest(`Bearer ${token}`))
}

/** Some peers need Node's modules, which workerd does not have for them: there they are left out. */
async function present(candidates: Candidates): Promise<Subject[]> {
  if (navigator.userAgent !== 'Cloudflare-Workers') return Promise.all(candidates)
  const settled = await Promise.allSettled(candidates)
  return settled.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []))
}
