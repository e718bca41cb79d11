/** Tokens with random `kid`s: the cost of each rejection, and the number of key set fetches. */

import { authenticate, protectedResource } from '../dist/index.js'
import type { Table } from './figures.ts'
import { createRequest, type Fixtures, ISSUER, JWKS_URI, RESOURCE } from './fixtures.ts'

const REQUESTS = 10_000
/** The fetches that unknown keys may cause: two at once, then one every 15 seconds. */
const BURST = 2
const SECONDS_PER_FETCH = 15

export async function measureAttack(fixtures: Fixtures): Promise<Table[]> {
  return [
    await attack('10,000 within a second', 1, true, fixtures),
    await attack('10,000 within ten minutes', 600, true, fixtures),
    await attack('10,000 within ten minutes, the issuer unreachable', 600, false, fixtures),
  ]
}

/** Uses a simulated clock. */
async function attack(
  when: string,
  seconds: number,
  isReachable: boolean,
  fixtures: Fixtures,
): Promise<Table> {
  let now = Math.floor(Date.now() / 1000)
  let fetches = 0
  const resource = protectedResource({
    resource: RESOURCE,
    authorizationServers: [{ issuer: ISSUER, jwksUri: JWKS_URI }],
    now: () => now,
    fetch: async () => {
      fetches += 1
      if (fetches > 1 && !isReachable) throw new TypeError('The issuer is unreachable')
      const headers = { 'Cache-Control': 'max-age=3600' }
      return Response.json({ keys: [fixtures.keys.RS256] }, { headers })
    },
  })
  await authenticate(createRequest(`Bearer ${fixtures.tokens.RS256[0]}`), resource)
  // A key set that was just fetched would answer every lookup without a fetch.
  now += 60
  const requests = Array.from({ length: REQUESTS }, () =>
    createRequest(`Bearer ${forge(fixtures)}`),
  )
  const before = fetches
  const start = performance.now()
  for (const request of requests) {
    now += seconds / REQUESTS
    const answer = await authenticate(request, resource)
    if (answer.ok) throw new Error('An unsigned token passed')
  }
  const microseconds = ((performance.now() - start) * 1000) / REQUESTS
  return {
    part: 'attack',
    title: `Unknown keys: ${when}`,
    unit: 'fetches',
    figures: [
      {
        name: 'fetches allowed',
        role: 'floor',
        value: BURST + Math.floor(seconds / SECONDS_PER_FETCH),
      },
      { name: 'fetches made', role: 'ours', value: fetches - before },
      { name: 'each rejection', role: 'ours', value: microseconds, unit: 'µs' },
    ],
  }
}

/** A token that is valid except for its `kid` and its signature, which is never verified. */
function forge({ tokens }: Fixtures): string {
  const [, payload, signature] = (tokens.RS256[0] ?? '').split('.')
  const header = btoa(JSON.stringify({ alg: 'RS256', kid: crypto.randomUUID(), typ: 'at+jwt' }))
  return `${header.replaceAll('=', '')}.${payload}.${signature}`
}
