/** Examples of the test issuer. `npm run docs` copies each region into the comments of its symbols. */

import { protect, protectedResource, verifyAccessToken } from 'mcp-gatehouse'
import {
  createTestIssuer,
  type TestDocument,
  type TestFailure,
  type TestIssuer,
  type TestIssuerOptions,
  type TestProofOptions,
  type TestRequestCounts,
  type TestTokenOptions,
} from 'mcp-gatehouse/testing'

const RESOURCE = 'https://api.example.com/notes'

export async function rejectExpired() {
  // #region createTestIssuer
  const issuer = createTestIssuer({ resource: 'https://api.example.com/notes' })
  const notes = protectedResource({
    resource: 'https://api.example.com/notes',
    authorizationServers: [issuer.issuer],
    fetch: issuer.fetch,
  })
  const token = await issuer.token({ exp: 0 })
  const error = await verifyAccessToken(token, notes).catch((reason) => reason.code)
  // → 'token_expired'
  // #endregion
  return error
}

// #region TestIssuer
export function resourceFor(issuer: TestIssuer) {
  return protectedResource({
    resource: 'https://api.example.com/notes',
    authorizationServers: [issuer.issuer],
    fetch: issuer.fetch,
  })
}
// #endregion

// #region TestIssuerOptions
const options: TestIssuerOptions = {
  issuer: 'https://auth.example.com',
  resource: 'https://api.example.com/notes',
  now: () => 1_800_000_000,
}
export const issuer = createTestIssuer(options)
// #endregion

// #region TestFailure TestDocument
export async function statusWhile(failure: TestFailure, document: TestDocument) {
  const issuer = createTestIssuer({ resource: 'https://api.example.com/notes' })
  issuer.fail(failure, document)
  const handle = protect(resourceFor(issuer), () => new Response('done'))
  const headers = { Authorization: `Bearer ${await issuer.token()}` }
  return (await handle(new Request('https://api.example.com/notes', { headers }))).status
}
// #endregion

// #region TestRequestCounts
export async function countRequests(): Promise<TestRequestCounts> {
  const issuer = createTestIssuer({ resource: 'https://api.example.com/notes' })
  const notes = resourceFor(issuer)
  await verifyAccessToken(await issuer.token(), notes)
  await verifyAccessToken(await issuer.token(), notes)
  return issuer.requests // → { metadata: 1, jwks: 1, introspection: 0 }
}
// #endregion

export async function withProof() {
  const issuer = createTestIssuer({ resource: RESOURCE })
  const notes = protectedResource({
    resource: RESOURCE,
    authorizationServers: [issuer.issuer],
    fetch: issuer.fetch,
    dpop: { replay: false },
  })
  const handle = protect(notes, () => new Response('done'))
  // #region TestTokenOptions TestProofOptions
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const pair = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
  const bound: TestTokenOptions = { boundTo: pair }
  const wrong: TestProofOptions = { claims: { htm: 'GET' } }

  const token = await issuer.token({}, bound)
  const request = new Request('https://api.example.com/notes', { method: 'POST' })
  request.headers.set('Authorization', `DPoP ${token}`)
  request.headers.set('DPoP', await issuer.dpopProof(request, token, pair, wrong))
  const { status } = await handle(request) // → 401
  // #endregion
  return status
}
