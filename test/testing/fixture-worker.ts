/** A Worker that tests itself. Issuer and resource are created at module scope, where workerd allows no I/O. */

import { protect, protectedResource } from 'mcp-gatehouse'
import { createTestIssuer } from 'mcp-gatehouse/testing'

const URL = 'https://rs.example/mcp'

const issuer = createTestIssuer({ resource: URL })
const serve = protect(
  protectedResource({
    resource: URL,
    authorizationServers: [issuer.issuer],
    fetch: issuer.fetch,
  }),
  () => new Response('handled'),
)

export default {
  async fetch(): Promise<Response> {
    const send = async (token: string) => {
      const headers = { Authorization: `Bearer ${token}` }
      return (await serve(new Request(URL, { method: 'POST', headers }))).status
    }
    const key = (await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
      'sign',
      'verify',
    ])) as CryptoKeyPair
    const opaque = await issuer.token({}, { opaque: true })
    const introspected = await issuer.fetch(String(issuer.metadata['introspection_endpoint']), {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa('client:secret')}` },
      body: new URLSearchParams({ token: opaque }),
    })
    return Response.json({
      good: await send(await issuer.token()),
      forged: await send(await issuer.token({}, { key })),
      expired: await send(await issuer.token({ exp: 0 })),
      introspected: await introspected.json(),
      proof: (await issuer.dpopProof(new Request(URL), opaque, key)).split('.').length,
      requests: issuer.requests,
    })
  },
}
