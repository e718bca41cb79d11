import { describe, expect, it } from 'vitest'
import { type AuthEvent, ConfigError, protectedResource, verifyAccessToken } from '../src/index.ts'
import { ISSUER, RESOURCE } from './support/issuer.ts'
import { createScene } from './support/scene.ts'

async function tell(measureDurations: boolean | undefined): Promise<AuthEvent[]> {
  const scene = await createScene({ measureDurations })
  const good = await scene.issuer.token()
  for (const each of [`Bearer ${good}`, `Bearer ${good}`, undefined, 'Bearer garbage']) {
    await scene.ask(each)
  }
  await verifyAccessToken(good, scene.resource)
  return scene.events.filter(({ type }) => type !== 'document')
}

describe('measureDurations', () => {
  it('says of every decision how long it took', async () => {
    const durationMs = expect.any(Number)
    expect(await tell(true)).toEqual([
      { type: 'accepted', resource: RESOURCE, issuer: ISSUER, cached: false, durationMs },
      { type: 'accepted', resource: RESOURCE, issuer: ISSUER, cached: true, durationMs },
      { type: 'refused', resource: RESOURCE, code: 'credentials_missing', status: 401, durationMs },
      { type: 'refused', resource: RESOURCE, code: 'token_malformed', status: 401, durationMs },
      { type: 'accepted', resource: RESOURCE, issuer: ISSUER, cached: false, durationMs },
    ])
  })

  it.each([false, undefined])('%s: says nothing about it', async (measureDurations) => {
    const events = await tell(measureDurations)
    expect(events).toHaveLength(5)
    for (const event of events) expect(event).not.toHaveProperty('durationMs')
  })

  it('is yes or no', () => {
    const options = { resource: RESOURCE, authorizationServers: [ISSUER] }
    expect(() => protectedResource({ ...options, measureDurations: 1 as never })).toThrow(
      ConfigError,
    )
  })
})
