/** ASM-19: a copy of the server's metadata at the resource's origin, for clients of MCP 2025-03-26. */

import { describe, expect, it } from 'vitest'
import { createScene, type Scene } from '../support/scene.ts'

const COPY = 'https://rs.example/.well-known/oauth-authorization-server'

function getCopy(scene: Scene): Promise<Response> {
  return scene.send(new Request(COPY))
}

describe('the copy of authorization server metadata', () => {
  it('ASM-19: is served only if configured; otherwise nothing is fetched', async () => {
    const scene = await createScene()
    expect((await getCopy(scene)).status).toBe(404)
    expect(scene.issuer.requests).toEqual([])
  })

  it('ASM-19: is the unchanged document of the server, without credentials', async () => {
    const scene = await createScene({ serveAuthorizationServerMetadata: true })
    const response = await getCopy(scene)
    expect([response.status, response.headers.get('Access-Control-Allow-Origin')]).toEqual([
      200,
      '*',
    ])
    expect(await response.json()).toEqual(scene.issuer.metadata)
    expect(scene.runs).toEqual([])
  })

  it('ASM-19: is 503 while the server does not respond', async () => {
    const scene = await createScene({
      serveAuthorizationServerMetadata: true,
      fetch: () => Promise.reject(new TypeError('fetch failed')),
    })
    const response = await getCopy(scene)
    expect(response.status).toBe(503)
    expect(response.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/)
  })
})
