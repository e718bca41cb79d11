/** Random key names: what they cost here, and how often they make us ask the issuer. */

import { authenticate, protectedResource } from '../dist/index.js'
import type { Table } from './figures.ts'
import { createRequest, type Fixtures, ISSUER, JWKS_URI, RESOURCE } from './fixtures.ts'

const REQUESTS = 10_000
/** What may be fetched because of unknown keys: two at once, then one every 15 seconds. */
const BURST = 2
const SECONDS_PER_FETCH = 15

export async function measureAttack(fixtures: Fixtures): Promise<Table[]> {
  return [
    await attack('10,000 within a second', 1, true, fixtures),
    await attack('10,000 within ten minutes', 600, true, fixtures),
    await attack('10,000 within ten minutes, the issuer out of reach', 600, false, fixtures),
  ]
}

/** The clock is ours, so that a minute takes no minute. */
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
      if (fetches > 1 && !isReachable) throw new TypeError('The issuer is out of reach')
      const headers = { 'Cache-Control': 'max-age=3600' }
      return Response.json({ keys: [fixtures.keys.RS256] }, { headers })
    },
  })
  await authenticate(createRequest(`Bearer ${fixtures.tokens.RS256[0]}`), resource)
  // A set that was fetched just now would answer for all of them.
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
      { name: 'each refusal', role: 'ours', value: microseconds, unit: 'µs' },
    ],
  }
}

/** A good token but for its key's name, and for the signature that nobody gets to. */
function forge({ tokens }: Fixtures): string {
  const [, payload, signature] = (tokens.RS256[0] ?? '').split('.')
  const header = btoa(JSON.stringify({ alg: 'RS256', kid: crypto.randomUUID(), typ: 'at+jwt' }))
  return `${header.replaceAll('=', '')}.${payload}.${signature}`
}
