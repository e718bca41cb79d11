/** The keys that a runtime can verify with: a program that runs on each runtime with the built package. */

import { type AuthEvent, protect, protectedResource } from 'mcp-gatehouse'

/** A public key, and a token that its private key signed. */
export interface KeyVector {
  readonly name: string
  readonly jwk: object
  readonly token: string
}

/** `skipped`: 503 with the event; `refused`: 401. */
export type Outcome = 'verified' | 'skipped' | 'refused' | string

const SPARE = {
  kty: 'EC',
  crv: 'P-256',
  kid: 'spare',
  x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
  y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
}

export async function tryKeys(vectors: readonly KeyVector[]): Promise<Record<string, Outcome>> {
  const outcomes: Record<string, Outcome> = {}
  for (const vector of vectors) outcomes[vector.name] = await tryKey(vector)
  return outcomes
}

async function tryKey({ jwk, token }: KeyVector): Promise<Outcome> {
  const events: AuthEvent[] = []
  const resource = protectedResource({
    resource: 'https://rs.example/mcp',
    authorizationServers: [{ issuer: 'https://as.example', jwksUri: 'https://as.example/jwks' }],
    fetch: async () => new Response(JSON.stringify({ keys: [jwk, SPARE] })),
    now: () => 1_800_000_000,
    onEvent: (event) => events.push(event),
  })
  const handler = protect(resource, (_request, auth) => new Response(auth.subject))
  const headers = { Authorization: `Bearer ${token}` }
  const response = await handler(new Request('https://rs.example/mcp', { headers }))
  const skips = events.some((event) => event.type === 'document' && event.outcome === 'key_skipped')
  switch (`${response.status} ${skips}`) {
    case '200 false':
      return 'verified'
    case '503 true':
      return 'skipped'
    case '401 true':
      return 'refused'
    default:
      return `${response.status}, ${JSON.stringify(events)}`
  }
}
