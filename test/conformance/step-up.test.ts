/** SCO-11 to SCO-15: step-up authentication (RFC 9470), for JWTs and for introspected tokens. */

import { describe, expect, it } from 'vitest'
import type { Requirements } from '../../src/index.ts'
import { parseChallenges } from '../support/challenge.ts'
import { START } from '../support/clock.ts'
import { activeAnswer, createOpaqueScene } from '../support/introspection.ts'
import { METADATA_URL } from '../support/issuer.ts'
import { INTERNAL, refusedPlainly } from '../support/mcp.ts'
import { accepted, createScene, invalidToken, reasons, refused } from '../support/scene.ts'

const DESCRIPTION = 'The user must authenticate again, or with a stronger method.'
const STRONG: Requirements = { acrValues: ['gold', 'silver'], maxAgeSeconds: 60 }

const KINDS = ['a JWT', 'an introspected token'] as const
type Kind = (typeof KINDS)[number]

/** A scene with requirements, and a token of that kind with these claims. */
async function present(
  kind: Kind,
  requirements: Requirements,
  claims: Record<string, unknown>,
  options: Parameters<typeof createScene>[0] = {},
) {
  if (kind === 'a JWT') {
    const scene = await createScene({ requirements, ...options })
    return { scene, answer: scene.ask(`Bearer ${await scene.issuer.token(claims)}`) }
  }
  const scene = await createOpaqueScene({ requirements, ...options })
  scene.respond(() => activeAnswer(claims))
  return { scene, answer: scene.present() }
}

/** Asserts the whole answer: a 401 that says what would do, and that nothing ran. */
async function expectStepUp(
  { scene, answer }: Awaited<ReturnType<typeof present>>,
  parameters: string,
): Promise<void> {
  const response = await answer
  expect(response.status).toBe(401)
  const header = response.headers.get('WWW-Authenticate') ?? ''
  expect(header).toBe(
    `Bearer error="insufficient_user_authentication", error_description="${DESCRIPTION}", ` +
      `${parameters}, resource_metadata="${METADATA_URL}"`,
  )
  expect(parseChallenges(header)).toHaveLength(1)
  expect(await response.json()).toEqual({
    error: 'insufficient_user_authentication',
    error_description: DESCRIPTION,
  })
  expect(reasons(scene)).toEqual(['authentication_insufficient'])
  expect(scene.runs).toEqual([])
}

describe.each(KINDS)('with %s', (kind) => {
  it('SCO-11: authentication that is not strong enough is a 401 of its own', async () => {
    const given = await present(kind, { acrValues: ['gold'] }, { acr: 'bronze' })
    await expectStepUp(given, 'acr_values="gold"')
  })

  it('SCO-11: authentication that is not recent enough, too', async () => {
    const given = await present(kind, { maxAgeSeconds: 60 }, { auth_time: START - 91 })
    await expectStepUp(given, 'max_age="60"')
  })

  it('SCO-12: acr_values are named in order of preference, beside max_age', async () => {
    const given = await present(kind, { acrValues: ['a', 'b'], maxAgeSeconds: 5 }, { acr: 'c' })
    await expectStepUp(given, 'acr_values="a b", max_age="5"')
  })

  it.each([
    { acrValues: [], maxAgeSeconds: 5 },
    { acrValues: undefined, maxAgeSeconds: 5 },
  ])('SCO-12: of %j a challenge has only what means something', async (requirements) => {
    await expectStepUp(await present(kind, requirements, {}), 'max_age="5"')
  })

  it.each(['gold', 'silver'])('SCO-12: any one of them suffices, such as %s', async (acr) => {
    const { scene, answer } = await present(kind, STRONG, { acr, auth_time: START - 60 })
    expect((await accepted(scene, answer)).claims).toMatchObject({ acr })
  })

  it('SCO-12: both have to hold', async () => {
    const old = await present(kind, STRONG, { acr: 'gold', auth_time: START - 91 })
    await expectStepUp(old, 'acr_values="gold silver", max_age="60"')
    const weak = await present(kind, STRONG, { acr: 'bronze', auth_time: START })
    await expectStepUp(weak, 'acr_values="gold silver", max_age="60"')
  })

  it('SCO-13: the challenge carries the scopes of the request, too', async () => {
    const requirements = { acrValues: ['gold'], scopes: ['read'] }
    await expectStepUp(await present(kind, requirements, {}), 'scope="read", acr_values="gold"')
  })

  it.each([undefined, 7, ['gold'], null, 'Gold', 'gold silver', ''])(
    'SCO-14: acr %j is unmet',
    async (acr) => {
      const given = await present(kind, { acrValues: ['gold', 'silver'] }, { acr })
      await expectStepUp(given, 'acr_values="gold silver"')
    },
  )

  it.each([undefined, String(START), null, [START]])(
    'SCO-14: auth_time %j is unmet',
    async (auth_time) => {
      const given = await present(kind, { maxAgeSeconds: 3600 }, { auth_time })
      await expectStepUp(given, 'max_age="3600"')
    },
  )

  it.each([
    [90, true],
    [91, false],
  ])(
    'SCO-14: of a max_age of 60, %i seconds ago with the usual leeway is %s',
    async (age, isMet) => {
      const given = await present(kind, { maxAgeSeconds: 60 }, { auth_time: START - age })
      if (isMet) await accepted(given.scene, given.answer)
      else await expectStepUp(given, 'max_age="60"')
    },
  )

  it.each([
    ['a text, of which any part would do', 'golden'],
    ['a set, which has no length', new Set(['gold'])],
    ['nothing', null],
  ])('SCO-14: acrValues that a function gives as %s let nobody in', async (_what, acrValues) => {
    const requirements = (() => ({ acrValues })) as unknown as Requirements
    const { scene, answer } = await present(kind, requirements, { acr: 'gold' })
    await refusedPlainly(scene, answer, INTERNAL)
  })

  it('SCO-14: it is asked anew on every request', async () => {
    const { scene, answer } = await present(kind, { maxAgeSeconds: 60 }, { auth_time: START })
    const auth = await accepted(scene, answer)
    scene.clock.advance(91)
    const later = scene.ask(`Bearer ${auth.token}`)
    await expectStepUp({ scene: { ...scene, runs: [] }, answer: later }, 'max_age="60"')
    expect(scene.runs).toHaveLength(1)
  })

  it('SCO-15: a token that is not valid learns nothing of the requirements', async () => {
    for (const [claims, code] of [
      [{ exp: START - 31 }, 'token_expired'],
      [{ aud: 'https://other.example' }, 'token_audience'],
    ] as const) {
      const { scene, answer } = await present(kind, STRONG, claims)
      await refused(scene, answer, invalidToken(code))
    }
  })

  it('SCO-15: nor does garbage', async () => {
    if (kind === 'a JWT') {
      const scene = await createScene({ requirements: STRONG })
      await refused(scene, scene.ask('Bearer garbage'), invalidToken('token_malformed'))
    } else {
      const scene = await createOpaqueScene({ requirements: STRONG })
      scene.respond(() => ({ active: false }))
      await refused(scene, scene.present('garbage'), invalidToken('token_inactive'))
    }
  })
})
