/** DPO: nonces of the resource server (RFC 9449 §9). */

import { beforeAll, describe, expect, it } from 'vitest'
import { type DpopRejection, expectDpopRejection } from '../support/binding.ts'
import { type BoundScene, createBoundScene } from '../support/bound-scene.ts'
import { boundToken, createHolder, type Holder, prove } from '../support/holder.ts'
import { createScene, expectAccepted, rejectionCodes } from '../support/scene.ts'

const SECRET = 'a secret of at least thirty-two bytes'

let holder: Holder

beforeAll(async () => {
  holder = await createHolder()
})

const WANTS_NONCE: DpopRejection = { code: 'dpop_nonce', status: 401, error: 'use_dpop_nonce' }

describe('nonces', () => {
  const nonce = { secret: SECRET, lifetimeSeconds: 60 }

  async function askForNonce({ scene, show }: BoundScene): Promise<string> {
    const response = await expectDpopRejection(scene, show(), WANTS_NONCE)
    return response.headers.get('DPoP-Nonce') ?? ''
  }

  it('DPO-20 requires a nonce, provides it, and accepts it', async () => {
    const bound = await createBoundScene(holder, { nonce })
    const given = await askForNonce(bound)
    expect(given).toMatch(/^[!#-[\]-~]+$/)
    const response = await bound.show({ claims: { nonce: given } })
    expect(response.status).toBe(200)
    expect(response.headers.get('DPoP-Nonce')).toBeNull()
  })

  it('DPO-20 provides a new nonce when the old one has expired', async () => {
    const bound = await createBoundScene(holder, { nonce })
    const given = await askForNonce(bound)
    bound.scene.clock.advance(59)
    await expectAccepted(bound.scene, bound.show({ claims: { nonce: given } }))
    bound.scene.clock.advance(1)
    const response = await expectDpopRejection(
      bound.scene,
      bound.show({ claims: { nonce: given } }),
      WANTS_NONCE,
    )
    const next = response.headers.get('DPoP-Nonce') ?? ''
    expect(next).not.toBe(given)
    await expectAccepted(bound.scene, bound.show({ claims: { nonce: next } }))
  })

  it('DPO-21 rejects proofs without a nonce where nonces are configured', async () => {
    const bound = await createBoundScene(holder, { nonce })
    const given = await askForNonce(bound)
    await expectAccepted(bound.scene, bound.show({ claims: { nonce: given } }))
    await askForNonce(bound)
  })

  it('DPO-21 accepts its own nonces only', async () => {
    const bound = await createBoundScene(holder, { nonce })
    const given = await askForNonce(bound)
    const last = given.endsWith('A') ? 'B' : 'A'
    for (const wrong of [
      '',
      'nonce',
      5,
      [given],
      `${given} `,
      `0${given}`,
      given.toUpperCase(),
      given.slice(0, -1) + last,
      given.slice(1),
      `${given}${given}`,
      'x'.repeat(4000),
    ]) {
      const answer = bound.show({ claims: { nonce: wrong } })
      await expectDpopRejection(bound.scene, answer, WANTS_NONCE)
    }
  })

  it('DPO-21 makes unpredictable nonces of safe characters', async () => {
    const [one, other] = [
      await createBoundScene(holder, { nonce }),
      await createBoundScene(holder, { nonce }),
    ]
    const given = await askForNonce(one)
    expect(given).toBe(await askForNonce(other))
    one.scene.clock.advance(1)
    expect(await askForNonce(one)).not.toBe(given)
    const strangers = await createBoundScene(holder, { nonce: { secret: 'x'.repeat(32) } })
    expect(await askForNonce(strangers)).not.toBe(given)
    const elsewhere = await createScene({ dpop: { nonce }, resource: 'https://rs.example/other' })
    const token = await boundToken(elsewhere.issuer, holder, { aud: 'https://rs.example/other' })
    const claims = { htu: 'https://rs.example/other', nonce: given }
    const headers = await prove(holder, token, { claims })
    const response = await elsewhere.ask(undefined, { headers })
    expect(response.headers.get('DPoP-Nonce')).not.toBe(given)
    expect(rejectionCodes(elsewhere)).toEqual(['dpop_nonce'])
  })

  it('DPO-21 accepts nonces of the previous secret', async () => {
    const before = await createBoundScene(holder, { nonce: { secret: 'y'.repeat(32) } })
    const given = await askForNonce(before)
    const after = await createBoundScene(holder, { nonce: { secret: [SECRET, 'y'.repeat(32)] } })
    const response = await after.show({ claims: { nonce: given } })
    expect(response.status).toBe(200)
    const next = response.headers.get('DPoP-Nonce') ?? ''
    expect(next).not.toBe('')
    const later = await createBoundScene(holder, { nonce: { secret: SECRET } })
    await expectDpopRejection(later.scene, later.show({ claims: { nonce: given } }), WANTS_NONCE)
    await expectAccepted(later.scene, later.show({ claims: { nonce: next } }))
  })

  it('DPO-22 provides the next nonce in a response, with no-store, before the old one expires', async () => {
    const handler = () => new Response('done', { headers: { 'Cache-Control': 'max-age=60' } })
    const bound = await createBoundScene(holder, { nonce }, { handler })
    const given = await askForNonce(bound)
    const early = await bound.show({ claims: { nonce: given } })
    expect(early.headers.get('Cache-Control')).toBe('max-age=60')
    bound.scene.clock.advance(31)
    const late = await bound.show({ claims: { nonce: given } })
    expect(late.status).toBe(200)
    expect(late.headers.get('Cache-Control')).toBe('no-store')
    const next = late.headers.get('DPoP-Nonce') ?? ''
    expect(next).toMatch(/^[!#-[\]-~]+$/)
    expect(next).not.toContain(',')
    bound.scene.clock.advance(31)
    await expectAccepted(bound.scene, bound.show({ claims: { nonce: next } }))
  })

  it('DPO-22 replaces a DPoP-Nonce header of the handler', async () => {
    const handler = () => new Response('done', { headers: { 'DPoP-Nonce': 'of-the-server' } })
    const bound = await createBoundScene(holder, { nonce }, { handler })
    const given = await askForNonce(bound)
    bound.scene.clock.advance(31)
    const late = await bound.show({ claims: { nonce: given } })
    expect(late.headers.get('DPoP-Nonce')).not.toContain('of-the-server')
    await expectDpopRejection(
      bound.scene,
      bound.show({ claims: { nonce: 'of-the-server' } }),
      WANTS_NONCE,
    )
  })
})
