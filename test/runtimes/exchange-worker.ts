/** The token exchange on workerd, where a request must not await a promise of another. */

import { createFixture, type Fixture, tryExchange } from './exchange.ts'

let fixture: Fixture | undefined
let token = ''

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (pathname === '/try') return Response.json(await tryExchange())
    fixture ??= createFixture(300)
    const { exchange, counts, context } = fixture
    const own = await context()
    token ||= own.token
    // The same inbound token in every request, each with its own context.
    const auth = { ...own, token }
    if (pathname === '/abandon') {
      // Its promise never settles: the request ends before the exchange does.
      exchange.exchange({ ...auth, token: 'abandoned' }).catch(() => {})
      return Response.json(counts)
    }
    if (pathname === '/abandoned') {
      const result = await exchange.exchange({ ...auth, token: 'abandoned' })
      return Response.json({ ok: result.ok, counts })
    }
    const result = await exchange.exchange(auth)
    return Response.json({ ok: result.ok, exchanges: counts.exchanges })
  },
}
