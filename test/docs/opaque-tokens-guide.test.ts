/** The guide shows a program that works as it says. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Fetch, UpstreamError, verifyAccessToken } from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { RESOURCE } from '../support/issuer.ts'
import { createScene } from '../support/scene.ts'

const GUIDE = read('docs/guides/opaque-tokens.md')
const RECIPE = read('examples/recipes/own-verification.ts')
const URL_OF_API = 'https://api.example/user'

/** The recipe with the package's source in place of what is built. */
async function verifyWith(fetch: Fetch) {
  const { verifyAtApi } = await import('../../examples/recipes/own-verification.ts')
  const accessToken = verifyAtApi(URL_OF_API, ['app-1'])
  const { resource } = await createScene({ fetch, server: { accessToken } })
  return verifyAccessToken('opaque', resource)
}

describe('the guide to opaque tokens', () => {
  it('shows examples/recipes/own-verification.ts', () => {
    expect(GUIDE).toContain(`\`\`\`ts\n${RECIPE}\`\`\``)
  })

  it('is short', () => {
    expect(GUIDE.trimEnd().split('\n').length).toBeLessThanOrEqual(150)
  })
})

describe('its recipe', () => {
  const user = { id: 'octocat', client: 'app-1', scopes: ['read', 'write'] }

  it('makes a token of what the API says', async () => {
    const auth = await verifyWith(async () => Response.json(user))
    expect(auth).toMatchObject({
      subject: 'octocat',
      clientId: 'app-1',
      scopes: ['read', 'write'],
      audience: [RESOURCE],
      expiresAt: START + 3600,
    })
  })

  it.each([
    ['another application', async () => Response.json({ ...user, client: 'app-2' }), 401],
    ['a token the API does not know', async () => new Response('', { status: 401 }), 401],
    ['an API that is down', async () => new Response('', { status: 502 }), 503],
    ['an API out of reach', () => Promise.reject(new TypeError('fetch failed')), 503],
    ['an API that says something else', async () => Response.json({}), 500],
  ])('answers %s with the right status', async (_what, fetch: Fetch, status) => {
    await expect(verifyWith(fetch)).rejects.toMatchObject({ status })
  })

  it('throws the error of the package', () => {
    expect(new UpstreamError('status', URL_OF_API)).toBeInstanceOf(Error)
  })
})

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
}
