/** The client certificate that adapters pass to the core as a host fact. */

import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { describe, expect, test, vi } from 'vitest'
import { protect } from '../../adapters/cloudflare/index.ts'
import { certificateOf } from '../../adapters/node/request.ts'
import type { HostFacts, ProtectedResource } from '../../src/index.ts'

// A core that responds with the certificate it received.
vi.mock('../../src/index.ts', () => ({
  checkRequirements: () => {},
  protect:
    (
      _resource: unknown,
      _handler: unknown,
      _needs: unknown,
      host?: (...all: unknown[]) => HostFacts,
    ) =>
    (...all: unknown[]) =>
      Promise.resolve(Response.json(host?.(...all).certificate ?? '')),
}))

const DER = Buffer.from('a certificate')
const HEX = createHash('sha256').update(DER).digest('hex')
const BASE64URL = createHash('sha256').update(DER).digest('base64url')

const PRESENTED = {
  certPresented: '1',
  certVerified: 'SUCCESS',
  certRevoked: '0',
  certFingerprintSHA256: HEX,
}
/** The members of request.cf without a certificate. */
const ABSENT = {
  certPresented: '0',
  certVerified: 'NONE',
  certRevoked: '0',
  certFingerprintSHA256: '',
}

describe('on Workers, request.cf.tlsClientAuth', () => {
  test.each([
    ['verified', PRESENTED],
    // Self-signed certificates bind tokens, too (RFC 8705 §2.2). Rules of the zone decide on trust.
    ['not trusted', { ...PRESENTED, certVerified: 'FAILED:self signed certificate' }],
    ['in capitals', { ...PRESENTED, certFingerprintSHA256: HEX.toUpperCase() }],
  ])('names the certificate that was presented: %s', async (_title, tlsClientAuth) => {
    expect(await certificateFor({ tlsClientAuth })).toBe(BASE64URL)
    expect(BASE64URL).toHaveLength(43)
  })

  test.each([
    ['no cf at all', undefined],
    ['null', { tlsClientAuth: null }],
    ['no certificate', { tlsClientAuth: ABSENT }],
    ['not presented', { tlsClientAuth: { ...PRESENTED, certPresented: '0' } }],
    ['not verified', { tlsClientAuth: { ...PRESENTED, certVerified: 'NONE' } }],
    ['revoked', { tlsClientAuth: { ...PRESENTED, certRevoked: '1' } }],
    ['no fingerprint', { tlsClientAuth: { ...PRESENTED, certFingerprintSHA256: '' } }],
    ['SHA-1', { tlsClientAuth: { ...PRESENTED, certFingerprintSHA256: HEX.slice(0, 40) } }],
    ['not hex', { tlsClientAuth: { ...PRESENTED, certFingerprintSHA256: `${HEX.slice(1)}x` } }],
  ])('names none: %s', async (_title, cf) => {
    expect(await certificateFor(cf)).toBe('')
  })
})

describe('on Node, the socket', () => {
  test('names the certificate that was presented', () => {
    expect(certificateOf(requestOver({ getPeerCertificate: () => ({ raw: DER }) }))).toBe(BASE64URL)
  })

  test.each([
    ['plain', {}],
    ['without a certificate', { getPeerCertificate: () => ({}) }],
    ['already closed', { getPeerCertificate: () => null }],
  ])('names none: %s', (_title, socket) => {
    expect(certificateOf(requestOver(socket))).toBeUndefined()
  })
})

async function certificateFor(cf: object | undefined): Promise<unknown> {
  const worker = protect({} as ProtectedResource, () => new Response())
  const request = Object.assign(new Request('https://rs.example/mcp'), { cf })
  return (await worker.fetch(request, {}, { waitUntil: () => {} })).json()
}

function requestOver(socket: object): IncomingMessage {
  return { socket } as IncomingMessage
}
