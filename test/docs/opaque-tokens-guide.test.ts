/** The program in docs/guides/opaque-tokens.md works as the guide says. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Fetch, UpstreamError, verifyAccessToken } from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { RESOURCE } from '../support/issuer.ts'
import { createScene } from '../support/scene.ts'

const GUIDE = read('docs/guides/opaque-tokens.md')
const RECIPE = read('examples/recipes/own-verification.ts')
const URL_OF_API = 'https://api.example/user'

/** Verifies a token with the recipe. */
async function verifyWith(fetch: Fetch) {
  const { verifyAtApi } = await import('../../examples/recipes/own-verification.ts')
  const accessToken = verifyAtApi(URL_OF_API, ['app-1'])
  const { resource } = await createScene({ fetch, server: { accessToken } })
  return verifyAccessToken('opaque', resource)
}

describe('docs/guides/opaque-tokens.md', () => {
  it('contains examples/recipes/own-verification.ts', () => {
    expect(GUIDE).toContain(`\`\`\`ts\n${RECIPE}\`\`\``)
  })

  it('has at most 150 lines', () => {
    expect(GUIDE.trimEnd().split('\n').length).toBeLessThanOrEqual(150)
  })
})

describe('examples/recipes/own-verification.ts', () => {
  const user = { id: 'octocat', client: 'app-1', scopes: ['read', 'write'] }

  it('makes claims of the response of the API', async () => {
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
    ['an API that cannot be reached', () => Promise.reject(new TypeError('fetch failed')), 503],
    ['an API with another response', async () => Response.json({}), 500],
  ])('maps %s to a status', async (_what, fetch: Fetch, status) => {
    await expect(verifyWith(fetch)).rejects.toMatchObject({ status })
  })

  it('throws an UpstreamError', () => {
    expect(new UpstreamError('status', URL_OF_API)).toBeInstanceOf(Error)
  })
})

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
}
