/** The defaults of DPoP, at requests. */

import { expect, it } from 'vitest'
import { type DpopRejection, expectDpopRejection } from '../support/binding.ts'
import { createBoundScene } from '../support/bound-scene.ts'
import { START } from '../support/clock.ts'
import { createHolder } from '../support/holder.ts'
import { expectAccepted } from '../support/scene.ts'

const SECRET = 'a secret of at least thirty-two bytes'
const WANTS_NONCE: DpopRejection = { code: 'dpop_nonce', status: 401, error: 'use_dpop_nonce' }

it('a nonce without a configured lifetime is accepted for five minutes', async () => {
  const holder = await createHolder()
  const { scene, show } = await createBoundScene(holder, { nonce: { secret: SECRET } })
  const first = await expectDpopRejection(scene, show(), WANTS_NONCE)
  const nonce = first.headers.get('DPoP-Nonce') ?? ''
  scene.clock.advance(299)
  await expectAccepted(scene, show({ claims: { nonce, iat: START + 299 } }))
  scene.clock.advance(1)
  const expired = show({ claims: { nonce, iat: START + 300 } })
  const response = await expectDpopRejection(scene, expired, WANTS_NONCE)
  expect(response.headers.get('DPoP-Nonce')).not.toBe(nonce)
})
