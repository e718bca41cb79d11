/** Concurrent exchanges, and calls of the API, in any order of completion. */

import { describe, expect, it } from 'vitest'
import { createTokenExchange } from '../../src/exchange/index.ts'
import { type AuthContext, protectedResource, verifyAccessToken } from '../../src/index.ts'
import { API, TOKEN_ENDPOINT } from '../support/exchange.ts'
import { TIMEOUT } from '../support/fuzz.ts'
import { createIssuer, ISSUER, RESOURCE } from '../support/issuer.ts'
import { inAnyOrder, type Order } from '../support/orders.ts'

const issuer = await createIssuer()
const tokens = await Promise.all(['a', 'b'].map((sub) => issuer.token({ sub, jti: sub })))

/** The contexts of two users, and an exchange that answers each with a token that names the inbound one. */
async function setUp(
  { clock, serve }: Order,
  respond: (place: 'API' | 'token endpoint', proof: string | null, good: Response) => Response,
) {
  const resource = protectedResource({
    resource: RESOURCE,
    authorizationServers: [{ issuer: ISSUER, jwks: issuer.jwks }],
    now: clock.now,
  })
  const auths = await Promise.all(tokens.map((token) => verifyAccessToken(token, resource)))
  const exchanged: number[] = []
  const exchange = createTokenExchange({
    authorizationServer: {
      issuer: ISSUER,
      metadata: { issuer: ISSUER, token_endpoint: TOKEN_ENDPOINT },
    },
    client: { id: 'notes', secret: 'secret' },
    target: { resource: `${API}/` },
    now: clock.now,
    fetch: (url, init = {}) => {
      const headers = new Headers(init.headers)
      const proof = headers.get('DPoP')
      const place = url === TOKEN_ENDPOINT ? 'token endpoint' : 'API'
      if (place === 'API') {
        const good = new Response(headers.get('Authorization'))
        return serve(place, () => respond(place, proof, good))
      }
      const user = tokens.indexOf(new URLSearchParams(String(init.body)).get('subject_token') ?? '')
      exchanged.push(user)
      const token = { access_token: `for-${user}`, token_type: proof ? 'DPoP' : 'Bearer' }
      const good = Response.json({ ...token, expires_in: 60 })
      return serve(place, () => respond(place, proof, good))
    },
  })
  const fetchAs = async (user: number): Promise<string> => {
    const response = await exchange.fetch(auths[user] as AuthContext, `${API}/`)
    return response.text()
  }
  const clear = (user: number): void => exchange.clear(auths[user] as AuthContext)
  return { exchanged, fetchAs, clear }
}

function nonceIn(proof: string): unknown {
  return JSON.parse(Buffer.from(proof.split('.')[1] ?? '', 'base64url').toString()).nonce
}

describe('exchange.fetch(), in any order,', () => {
  it.each(['token endpoint', 'API'] as const)(
    'gives each user its own token while the %s changes its nonce',
    (demanding) =>
      inAnyOrder(async (order) => {
        let nonce = 'n1'
        const { fetchAs } = await setUp(order, (place, proof, good) => {
          if (proof !== null && (place !== demanding || nonceIn(proof) === nonce)) return good
          const status = place === 'API' ? 401 : 400
          const challenge = 'DPoP error="use_dpop_nonce"'
          const headers = { 'DPoP-Nonce': nonce, 'WWW-Authenticate': challenge }
          return Response.json({ error: 'use_dpop_nonce' }, { status, headers })
        })
        const call = (user: number) =>
          order.step(`call ${user}`, async () => {
            expect(await fetchAs(user)).toBe(`DPoP for-${user}`)
          })
        const change = order.step('change', () => {
          nonce = 'n2'
        })
        await Promise.all([...[0, 1, 0, 1].map(call), change])
      }),
    TIMEOUT,
  )

  it(
    'exchanges the token of a user once, also while that of another user is cleared',
    () =>
      inAnyOrder(async (order) => {
        const { exchanged, fetchAs, clear } = await setUp(order, (_place, _proof, good) => good)
        const call = () =>
          order.step('call', async () => expect(await fetchAs(0)).toBe('Bearer for-0'))
        await Promise.all([call(), call(), call(), order.step('clear', () => clear(1))])
        expect(exchanged).toEqual([0])
      }),
    TIMEOUT,
  )
})
