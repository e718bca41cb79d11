/** SCO-11 to SCO-15: step-up authentication (RFC 9470), for JWTs and for introspected tokens. */

import { describe, expect, it } from 'vitest'
import {
  type AnonymousContext,
  AuthError,
  challengeResponse,
  permits,
  type Requirements,
  visible,
} from '../../src/index.ts'
import { parseChallenges } from '../support/challenge.ts'
import { START } from '../support/clock.ts'
import { activeAnswer, createOpaqueScene } from '../support/introspection.ts'
import { METADATA_URL } from '../support/issuer.ts'
import {
  createScene,
  expectAccepted,
  expectRejected,
  invalidToken,
  NO_CREDENTIALS,
  rejectionCodes,
} from '../support/scene.ts'
import { unchecked } from '../support/unchecked.ts'

const DESCRIPTION = 'The user must authenticate again, or with a stronger method.'
const STRONG: Requirements = { acrValues: ['gold', 'silver'], maxAgeSeconds: 60 }

const FORMATS = ['a JWT', 'an introspected token'] as const
type Format = (typeof FORMATS)[number]

/** A scene with requirements, and a token in that format with these claims. */
async function present(
  format: Format,
  requirements: Requirements,
  claims: Record<string, unknown>,
  options: Parameters<typeof createScene>[0] = {},
) {
  if (format === 'a JWT') {
    const scene = await createScene({ requirements, ...options })
    return { scene, answer: scene.ask(`Bearer ${await scene.issuer.token(claims)}`) }
  }
  const scene = await createOpaqueScene({ requirements, ...options })
  scene.respond(() => activeAnswer(claims))
  return { scene, answer: scene.present() }
}

/** Asserts the whole 401, and that the handler did not run. */
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
  expect(rejectionCodes(scene)).toEqual(['authentication_insufficient'])
  expect(scene.runs).toEqual([])
}

describe('without credentials, where they are optional', () => {
  it.each<[string, Requirements, boolean]>([
    ['an acr', { acrValues: ['gold'] }, false],
    ['a recent login', { maxAgeSeconds: 0 }, false],
    ['an acr and a scope', { acrValues: ['gold'], scopes: ['read'] }, false],
    ['nothing', { acrValues: [], maxAgeSeconds: undefined }, true],
  ])('SCO-11: a route that requires %s, %j, passes: %s', async (_what, needs, passes) => {
    const requirements = { ...needs, optional: true } as const
    const scene = await createScene({ requirements })
    const scope = needs.scopes === undefined ? {} : { scope: 'read' }
    if (passes) expect((await scene.ask()).status).toBe(200)
    else await expectRejected(scene, scene.ask(), { ...NO_CREDENTIALS, ...scope })
    const open = await createScene({ requirements: { optional: true } })
    await open.ask()
    const anonymous = open.runs[0] as AnonymousContext
    const operation = { method: 'tools/call', name: 'x' }
    expect((await permits(open.resource, anonymous, operation, requirements)).ok).toBe(passes)
    const items = await visible(
      open.resource,
      anonymous,
      'tools/call',
      [{ name: 'x' }],
      requirements,
    )
    expect(items).toHaveLength(passes ? 1 : 0)
  })
})

describe.each(FORMATS)('with %s', (format) => {
  it('SCO-11: an acr that is too weak is 401 insufficient_user_authentication', async () => {
    const given = await present(format, { acrValues: ['gold'] }, { acr: 'bronze' })
    await expectStepUp(given, 'acr_values="gold"')
  })

  it('SCO-11: so is an auth_time that is too old', async () => {
    const given = await present(format, { maxAgeSeconds: 60 }, { auth_time: START - 91 })
    await expectStepUp(given, 'max_age="60"')
  })

  it('SCO-12: acr_values are in order of preference, beside max_age', async () => {
    const given = await present(format, { acrValues: ['a', 'b'], maxAgeSeconds: 5 }, { acr: 'c' })
    await expectStepUp(given, 'acr_values="a b", max_age="5"')
  })

  it.each([
    { acrValues: [], maxAgeSeconds: 5 },
    { acrValues: undefined, maxAgeSeconds: 5 },
  ])('SCO-12: for %j a challenge omits empty parameters', async (requirements) => {
    await expectStepUp(await present(format, requirements, {}), 'max_age="5"')
  })

  it.each(['gold', 'silver'])('SCO-12: one of them suffices: %s', async (acr) => {
    const { scene, answer } = await present(format, STRONG, { acr, auth_time: START - 60 })
    expect((await expectAccepted(scene, answer)).claims).toMatchObject({ acr })
  })

  it('SCO-12: acr and auth_time must both suffice', async () => {
    const old = await present(format, STRONG, { acr: 'gold', auth_time: START - 91 })
    await expectStepUp(old, 'acr_values="gold silver", max_age="60"')
    const weak = await present(format, STRONG, { acr: 'bronze', auth_time: START })
    await expectStepUp(weak, 'acr_values="gold silver", max_age="60"')
  })

  it('SCO-13: the challenge has the scopes of the request, too', async () => {
    const requirements = { acrValues: ['gold'], scopes: ['read'] }
    await expectStepUp(await present(format, requirements, {}), 'scope="read", acr_values="gold"')
  })

  it.each([undefined, 7, ['gold'], null, 'Gold', 'gold silver', ''])(
    'SCO-14: acr %j does not suffice',
    async (acr) => {
      const given = await present(format, { acrValues: ['gold', 'silver'] }, { acr })
      await expectStepUp(given, 'acr_values="gold silver"')
    },
  )

  it.each([undefined, String(START), null, [START]])(
    'SCO-14: auth_time %j does not suffice',
    async (auth_time) => {
      const given = await present(format, { maxAgeSeconds: 3600 }, { auth_time })
      await expectStepUp(given, 'max_age="3600"')
    },
  )

  it.each([
    [90, true],
    [91, false],
  ])(
    'SCO-14: with max_age 60 and the default tolerance, %i seconds ago is %s',
    async (age, isMet) => {
      const given = await present(format, { maxAgeSeconds: 60 }, { auth_time: START - age })
      if (isMet) await expectAccepted(given.scene, given.answer)
      else await expectStepUp(given, 'max_age="60"')
    },
  )

  it('SCO-14: requirements of a class, whose accessors are not own members, reject every token', async () => {
    class Route {
      get maxAgeSeconds() {
        return 60
      }
    }
    const requirements = unchecked<Requirements>(() => new Route())
    const { answer } = await present(format, requirements, { auth_time: START - 1_000_000 })
    await expect(answer).rejects.toThrow(new TypeError('Requirements must be a plain object.'))
  })

  it.each([
    ['acrValues', 'an array of strings', 'a text', 'golden'],
    ['acrValues', 'an array of strings', 'a Set', new Set(['gold'])],
    ['acrValues', 'an array of strings', 'nothing', null],
    ['maxAgeSeconds', 'a whole number of at least 0', 'a text', '60'],
    ['maxAgeSeconds', 'a whole number of at least 0', 'a list', [60]],
    ['maxAgeSeconds', 'a whole number of at least 0', 'nothing', null],
  ])(
    'SCO-14: %s must be %s: given by a function as %s, every token is rejected with a TypeError',
    async (name, expected, _what, value) => {
      const requirements = unchecked<Requirements>(() => ({ [name]: value }))
      const claims = { acr: 'gold', auth_time: START - 1_000_000 }
      const { scene, answer } = await present(format, requirements, claims)
      await expect(answer).rejects.toThrow(new TypeError(`${name} must be ${expected}.`))
      expect(scene.runs).toHaveLength(0)
    },
  )

  it('SCO-14: it is checked on every request', async () => {
    const { scene, answer } = await present(format, { maxAgeSeconds: 60 }, { auth_time: START })
    const auth = await expectAccepted(scene, answer)
    scene.clock.advance(91)
    const later = scene.ask(`Bearer ${auth.token}`)
    await expectStepUp({ scene: { ...scene, runs: [] }, answer: later }, 'max_age="60"')
    expect(scene.runs).toHaveLength(1)
  })

  it('SCO-15: an invalid token gets no step-up challenge', async () => {
    for (const [claims, code] of [
      [{ exp: START - 31 }, 'token_expired'],
      [{ aud: 'https://other.example' }, 'token_audience'],
    ] as const) {
      const { scene, answer } = await present(format, STRONG, claims)
      await expectRejected(scene, answer, invalidToken(code))
    }
  })

  it('SCO-15: nor does a malformed token', async () => {
    if (format === 'a JWT') {
      const scene = await createScene({ requirements: STRONG })
      await expectRejected(scene, scene.ask('Bearer garbage'), invalidToken('token_malformed'))
    } else {
      const scene = await createOpaqueScene({ requirements: STRONG })
      scene.respond(() => ({ active: false }))
      await expectRejected(scene, scene.present('garbage'), invalidToken('token_inactive'))
    }
  })
})

describe('an error that a handler throws', () => {
  // Requirements with such values are a ConfigError.
  it.each([
    [{ acrValues: ['gold', 'a b', 'c"d', '', 'é', 'silver'] }, 'acr_values="gold silver", '],
    [{ acrValues: ['a b'] }, ''],
    [{ maxAgeSeconds: 0 }, 'max_age="0", '],
    [{ maxAgeSeconds: 59.9 }, 'max_age="59", '],
    [{ maxAgeSeconds: -5 }, ''],
    [{ maxAgeSeconds: 1e21 }, ''],
    [{ maxAgeSeconds: Number.NaN }, ''],
  ])('SCO-12: of %j, a challenge names what RFC 9470 allows', async (options, parameters) => {
    const { resource } = await createScene()
    const response = challengeResponse(
      new AuthError('authentication_insufficient', options),
      resource,
    )
    expect(response.status).toBe(401)
    expect(response.headers.get('WWW-Authenticate')).toBe(
      `Bearer error="insufficient_user_authentication", error_description="${DESCRIPTION}", ` +
        `${parameters}resource_metadata="${METADATA_URL}"`,
    )
    expect(await response.json()).toEqual({
      error: 'insufficient_user_authentication',
      error_description: DESCRIPTION,
    })
  })
})
