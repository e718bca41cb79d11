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

/** The outcomes of one key: at the guard, and of WebCrypto with the JWK as it is published. */
export type Outcomes = readonly [guard: Outcome, platform: string]

export async function tryKeys(vectors: readonly KeyVector[]): Promise<Record<string, Outcomes>> {
  const outcomes: Record<string, Outcomes> = {}
  for (const vector of vectors) {
    outcomes[vector.name] = [await tryKey(vector), await tryPlatform(vector)]
  }
  return outcomes
}

/** `valid` and `invalid` are results of `verify`; `no import` and `no verify` are calls that throw. */
async function tryPlatform({ jwk, token }: KeyVector): Promise<string> {
  const [header = '', payload, signature = ''] = token.split('.')
  const { alg } = JSON.parse(new TextDecoder().decode(bytesOf(header))) as { readonly alg: string }
  const parameters = parametersOf(alg, jwk)
  const { kid: _, ...material } = jwk as Record<string, unknown>
  let key: CryptoKey
  try {
    key = await crypto.subtle.importKey('jwk', material as JsonWebKey, parameters, false, [
      'verify',
    ])
  } catch {
    return 'no import'
  }
  const signed = new TextEncoder().encode(`${header}.${payload}`)
  try {
    const isValid = await crypto.subtle.verify(parameters, key, bytesOf(signature), signed)
    return isValid ? 'valid' : 'invalid'
  } catch {
    return 'no verify'
  }
}

function parametersOf(
  alg: string,
  jwk: object,
): { readonly name: string } & Record<string, string> {
  const { crv } = jwk as { readonly crv?: string }
  if (alg.startsWith('ML-DSA')) return { name: alg }
  if (alg === 'RS256') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  if (!alg.startsWith('ES')) return { name: crv ?? alg }
  return { name: 'ECDSA', namedCurve: crv ?? '', hash: `SHA-${/\d+/.exec(alg)?.[0]}` }
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(text, (each) => each.charCodeAt(0))
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
    case '401 false':
      return 'refused'
    default:
      return `${response.status}, ${JSON.stringify(events)}`
  }
}
