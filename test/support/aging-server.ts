/** An authorization server that lives for weeks: its keys rotate, its documents move and change, and it has outages. */

import { createKey, goodClaims, ISSUER, type SigningKey, sign } from './issuer.ts'

type Document = 'metadata' | 'keys' | 'introspection'

export interface AgingServer {
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>
  /** Signs with the latest key. */
  issue(claims: Record<string, unknown>): Promise<IssuedToken>
  issueOpaque(claims: Record<string, unknown>): IssuedToken
  /** Signs with a key that was never published, under a `kid` that is known or not. */
  forge(claims: Record<string, unknown>, isNamed: boolean): Promise<IssuedToken>
  /** Publishes a new key, and removes the one before after so many seconds. It may have the same `kid`. */
  rotate(overlapSeconds: number, keepsName: boolean): Promise<void>
  /** The keys are at a new URL. The old one remains for as long as the metadata may be cached. */
  move(): void
  /** `Cache-Control` of its documents. */
  cacheControl: string | undefined
  fail(document: Document | 'all', seconds: number, response: () => Response): void
  /** Seconds since a document could not be fetched; 0 during an outage. */
  sinceOutage(): number
}

export interface IssuedToken {
  readonly text: string
  readonly subject: unknown
  readonly issuedAt: number
  readonly expiresAt: number
  readonly thumbprint: string | undefined
  /** When the server ceased to accept it before its `exp`: its key was removed, or it was revoked. */
  endedAt: () => number
  readonly kind: 'jwt' | 'opaque' | 'forged'
  revoke(): void
}

/** A day, its variation by a tenth, the time for which an outdated copy is used, and a day by which clocks step back. */
const OLD_URL_SECONDS = 86_400 * 1.1 + 3600 + 86_400

export async function createAgingServer(now: () => number): Promise<AgingServer> {
  const keys: { key: SigningKey; until: number }[] = []
  const places = new Map([[`${ISSUER}/jwks`, Number.POSITIVE_INFINITY]])
  const opaque = new Map<string, { claims: Record<string, unknown>; until: number }>()
  const stranger = await createKey('stranger')
  let outage = { document: 'all' as Document | 'all', until: 0, response: () => new Response() }
  let count = 0
  let place = `${ISSUER}/jwks`

  const server: AgingServer = {
    cacheControl: undefined,
    async fetch(url, init) {
      const document = documentAt(url)
      const { until, response, document: failing } = outage
      if (now() < until && (failing === 'all' || failing === document)) return response()
      if (document === 'introspection') return introspect(String(init?.body))
      const { cacheControl } = server
      const headers = cacheControl === undefined ? {} : { 'Cache-Control': cacheControl }
      if (document === 'metadata') {
        const endpoints = { jwks_uri: place, introspection_endpoint: `${ISSUER}/introspect` }
        return Response.json({ issuer: ISSUER, ...endpoints }, { headers })
      }
      if (now() >= (places.get(url) ?? 0)) return new Response('', { status: 404 })
      const published = keys.filter((each) => now() < each.until).map(({ key }) => key.jwk)
      return Response.json({ keys: published }, { headers })
    },
    async issue(claims) {
      const latest = keys.at(-1)
      if (latest === undefined) throw new Error('there is no key')
      return describe(claims, 'jwt', await signed(claims, latest.key), latest)
    },
    issueOpaque(claims) {
      const entry = { claims: { ...goodClaims(), ...claims }, until: Number.POSITIVE_INFINITY }
      const text = `opaque-${count++}`
      opaque.set(text, entry)
      return describe(claims, 'opaque', text, entry)
    },
    async forge(claims, isNamed) {
      const kid = isNamed ? keys.at(-1)?.key.jwk.kid : `unknown-${count++}`
      const text = await sign({ ...goodClaims(), ...claims }, { header: { kid } }, stranger)
      return describe(claims, 'forged', text, { until: 0 })
    },
    async rotate(overlapSeconds, keepsName) {
      const last = keys.at(-1)
      if (last !== undefined) last.until = now() + overlapSeconds
      const kid = keepsName ? last?.key.jwk.kid : undefined
      const key = await createKey(kid ?? `key-${count++}`)
      keys.push({ key, until: Number.POSITIVE_INFINITY })
    },
    move() {
      places.set(place, now() + OLD_URL_SECONDS)
      place = `${ISSUER}/jwks/${count++}`
      places.set(place, Number.POSITIVE_INFINITY)
    },
    fail(document, seconds, response) {
      outage = { document, until: now() + seconds, response }
    },
    sinceOutage: () => Math.max(0, now() - outage.until),
  }

  function introspect(body: string): Response {
    const entry = opaque.get(new URLSearchParams(body).get('token') ?? '')
    const isActive =
      entry !== undefined && now() < Math.min(entry.until, Number(entry.claims['exp']))
    return Response.json(isActive ? { active: true, ...entry.claims } : { active: false })
  }

  function describe(
    { sub, iat, exp, cnf }: Record<string, unknown>,
    kind: IssuedToken['kind'],
    text: string,
    end: { until: number },
  ): IssuedToken {
    return {
      ...{ kind, text, subject: sub, issuedAt: Number(iat), expiresAt: Number(exp) },
      thumbprint: (cnf as { jkt: string } | undefined)?.jkt,
      endedAt: () => end.until,
      revoke: () => {
        end.until = now()
      },
    }
  }

  await server.rotate(0, false)
  return server
}

function signed(claims: Record<string, unknown>, key: SigningKey): Promise<string> {
  return sign({ ...goodClaims(), ...claims }, {}, key)
}

function documentAt(url: string): Document {
  const { pathname } = new URL(url)
  if (pathname.startsWith('/.well-known/')) return 'metadata'
  return pathname === '/introspect' ? 'introspection' : 'keys'
}
