/** SEC-05: bound tokens, accepted and required. */

import { beforeAll, describe, it } from 'vitest'
import { expectDpopRejection } from '../support/binding.ts'
import { createCertificate } from '../support/certificate.ts'
import { boundToken, createHolder, digest, type Holder, prove } from '../support/holder.ts'
import {
  createScene,
  expectAccepted,
  expectRejected,
  invalidToken,
  type Scene,
} from '../support/scene.ts'

let holder: Holder
const certificate = digest(createCertificate().der)

beforeAll(async () => {
  holder = await createHolder()
})

async function plain(scene: Scene): Promise<Response> {
  return scene.ask(`Bearer ${await scene.issuer.token()}`)
}

async function provenByKey(scene: Scene): Promise<Response> {
  return scene.ask(undefined, {
    headers: await prove(holder, await boundToken(scene.issuer, holder)),
  })
}

async function provenByCertificate(scene: Scene): Promise<Response> {
  const token = await scene.issuer.token({ cnf: { 'x5t#S256': certificate } })
  return scene.ask(`Bearer ${token}`)
}

describe('sender-constrained tokens', () => {
  it('SEC-05: are accepted together with unbound tokens', async () => {
    const scene = await createScene({ dpop: true, mtls: true, requirements: { certificate } })
    await expectAccepted(scene, provenByKey(scene))
    await expectAccepted(scene, provenByCertificate(scene))
    await expectAccepted(scene, plain(scene))
  })

  it('SEC-05: can be required with DPoP', async () => {
    const scene = await createScene({ dpop: { required: true } })
    await expectAccepted(scene, provenByKey(scene))
    await expectDpopRejection(scene, plain(scene), {
      code: 'binding_missing',
      status: 401,
      error: 'invalid_token',
      challenges: ['DPoP'],
      challengesWithError: [],
    })
  })

  it('SEC-05: can be required with certificates', async () => {
    const scene = await createScene({ mtls: { required: true }, requirements: { certificate } })
    await expectAccepted(scene, provenByCertificate(scene))
    await expectRejected(scene, plain(scene), invalidToken('binding_missing'))
  })
})
