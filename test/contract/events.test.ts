import { describe, expect, it } from 'vitest'
import {
  type AuthEvent,
  ConfigError,
  protectedResource,
  verifyAccessToken,
} from '../../src/index.ts'
import { createTestIssuer } from '../../src/testing/index.ts'
import { ISSUER, RESOURCE } from '../support/issuer.ts'
import { createScene } from '../support/scene.ts'

async function tell(measureDurations: boolean | undefined): Promise<AuthEvent[]> {
  const scene = await createScene({ measureDurations })
  const good = await scene.issuer.token()
  for (const each of [`Bearer ${good}`, `Bearer ${good}`, undefined, 'Bearer garbage']) {
    await scene.ask(each)
  }
  await verifyAccessToken(good, scene.resource)
  return scene.events.filter(({ type }) => type !== 'document')
}

describe('expected', () => {
  it('is a copy, so that changing it or the list in the options accepts no token', async () => {
    const audience = ['https://one.example']
    const scene = await createScene({
      audience,
      onEvent: (event) => {
        if (event.type === 'refused') (event.expected as string[]).push('https://other.example')
      },
    })
    const token = await scene.issuer.token({ aud: 'https://other.example' })
    audience.push('https://other.example')
    for (const code of ['token_audience', 'token_audience'] as const) {
      await expect(verifyAccessToken(token, scene.resource)).rejects.toMatchObject({ code })
      expect((await scene.ask(`Bearer ${token}`)).status).toBe(401)
    }
    expect(scene.runs).toEqual([])
  })
})

describe('measureDurations', () => {
  it('adds durationMs to every decision', async () => {
    const durationMs = expect.any(Number)
    expect(await tell(true)).toEqual([
      { type: 'accepted', resource: RESOURCE, issuer: ISSUER, cached: false, durationMs },
      { type: 'accepted', resource: RESOURCE, issuer: ISSUER, cached: true, durationMs },
      { type: 'refused', resource: RESOURCE, code: 'credentials_missing', status: 401, durationMs },
      {
        ...{ type: 'refused', resource: RESOURCE, code: 'token_malformed', status: 401 },
        ...{ expected: ['jwt'], received: ['opaque'], durationMs },
      },
      { type: 'accepted', resource: RESOURCE, issuer: ISSUER, cached: false, durationMs },
    ])
  })

  it.each([false, undefined])('%s: adds no durationMs', async (measureDurations) => {
    const events = await tell(measureDurations)
    expect(events).toHaveLength(5)
    for (const event of events) expect(event).not.toHaveProperty('durationMs')
  })

  it('must be a boolean', () => {
    const options = { resource: RESOURCE, authorizationServers: [ISSUER] }
    expect(() => protectedResource({ ...options, measureDurations: 1 as never })).toThrow(
      ConfigError,
    )
  })
})

describe('a failed document', () => {
  it('is reported once, although the keys fail because of the metadata', async () => {
    const issuer = createTestIssuer({ resource: RESOURCE })
    const events: AuthEvent[] = []
    const resource = protectedResource({
      resource: RESOURCE,
      authorizationServers: [issuer.issuer],
      fetch: issuer.fetch,
      onEvent: (event) => void events.push(event),
    })
    const token = await issuer.token()
    issuer.fail('status', 'metadata')
    await expect(verifyAccessToken(token, resource)).rejects.toMatchObject({ code: 'unavailable' })
    expect(events.filter(({ type }) => type === 'document')).toEqual([
      {
        type: 'document',
        issuer: issuer.issuer,
        url: `${issuer.issuer}/.well-known/oauth-authorization-server`,
        outcome: 'failed',
        code: 'status',
        message: expect.stringContaining('answered with status 500'),
        status: 500,
      },
    ])
  })
})
