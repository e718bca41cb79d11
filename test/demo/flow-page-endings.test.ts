/** Flows that end early: by the user, by a response of another, and by failures. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium } from '../support/chromium.ts'
import {
  ARROWS,
  exchange,
  type FlowScene,
  LOGIN,
  startFlowScene,
  walkToTheLogin,
} from '../support/flow-scene.ts'

describe.skipIf(!hasChromium())('the flow page', { timeout: 30_000 }, () => {
  let scene: FlowScene

  beforeAll(async () => {
    scene = await startFlowScene()
  })
  afterAll(() => scene?.close())

  it('ends when the user denies access', async () => {
    const { page } = await scene.open()
    await walkToTheLogin(page)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Deny' }).click()
    await page.getByRole('button', { name: 'Start again' }).waitFor()
    expect((await scene.arrowsOf(page)).at(-1)?.[0]).toMatch(
      /^You denied access, so there is no token\./,
    )
    expect(await page.textContent('#end')).toBe('The flow ended early.')
    await page.getByRole('button', { name: 'Start again' }).click()
    await page.getByRole('button', { name: LOGIN }).waitFor()
    expect(await scene.arrowsOf(page)).toEqual(ARROWS.slice(0, 10))
    await page.context().close()
  })

  it.each([
    ['state=another', 'The response belongs to another request.'],
    ['state=STATE&iss=http://127.0.0.1:1', 'The response comes from another server.'],
    ['state=STATE', 'The response comes from another server.'],
  ])('rejects a response to another request: %s', async (query, message) => {
    const { page, seen } = await scene.open()
    await walkToTheLogin(page)
    const state = seen.urls.flatMap((url) => new URL(url).searchParams.get('state') ?? []).at(-1)
    await page.goto(`${scene.flow.origin}/?code=stolen&${query.replace('STATE', state ?? '')}`)
    await page.getByRole('button', { name: 'Start again' }).waitFor()
    expect((await scene.arrowsOf(page)).at(-1)?.[0]).toBe(message)
    expect(seen.urls.some((url) => url.endsWith('/token'))).toBe(false)
    await page.context().close()
  })

  it('starts anew after an unsolicited response', async () => {
    const { page } = await scene.open({}, `${scene.flow.origin}/?code=stolen&state=whatever`)
    expect(await page.locator('.move').count()).toBe(0)
    expect(page.url()).toBe(`${scene.flow.origin}/`)
    await page.getByRole('button', { name: 'Start the flow' }).waitFor()
    await page.context().close()
  })

  it('opens the login page again after the Back button', async () => {
    const { page } = await scene.open()
    await walkToTheLogin(page)
    await page.goBack()
    expect(await scene.arrowsOf(page)).toEqual(ARROWS.slice(0, 10))
    await page.getByRole('button', { name: LOGIN }).click()
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByText('Gets a token with scope notes:read.').first().waitFor()
    await page.context().close()
  })

  it.each([
    [
      'protected-resource',
      { resource: 'http://127.0.0.1:1/mcp' },
      'The document is about http://127.0.0.1:1/mcp',
    ],
    [
      'authorization-server',
      { issuer: 'http://127.0.0.1:1' },
      'The issuer of the document is http://127.0.0.1:1',
    ],
    [
      'authorization-server',
      { code_challenge_methods_supported: ['plain'] },
      'The server does not support PKCE',
    ],
  ])('stops when the %s document has %o', async (name, changes, message) => {
    const { page, seen } = await scene.open()
    await page.context().route(new RegExp(`/oauth-${name}`), async (route) => {
      const response = await route.fetch()
      const document = { ...((await response.json()) as object), ...changes }
      await route.fulfill({ response, json: document })
    })
    await page.getByRole('button', { name: 'Start the flow' }).click()
    await page.getByRole('button', { name: 'Start again' }).waitFor()
    expect((await scene.arrowsOf(page)).at(-1)).toEqual([message, 'stopped here'])
    expect(seen.urls.at(-1)).toContain(name)
    await page.context().close()
  })

  it('reports an expired code', async () => {
    const { page } = await scene.open()
    await page.context().route(/\/token$/, (route) =>
      route.fulfill({
        status: 400,
        headers: { 'Access-Control-Allow-Origin': '*' },
        json: { error: 'invalid_grant' },
      }),
    )
    await walkToTheLogin(page)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByRole('button', { name: 'Start again' }).waitFor()
    expect((await scene.arrowsOf(page)).at(-1)?.[0]).toMatch(/^The code has expired\./)
    expect(await exchange(page, 'Sends the code and')).toContain('"error": "invalid_grant"')
    await page.context().close()
  })

  it('reports a server that does not respond', async () => {
    const { page } = await scene.open()
    await page.context().route(/well-known/, (route) => route.abort())
    await page.getByRole('button', { name: 'Start the flow' }).click()
    await page.getByRole('button', { name: 'Start again' }).waitFor()
    expect((await scene.arrowsOf(page)).at(-1)).toEqual([
      `${new URL(scene.servers.mcpUrl).host} did not respond. Is the demo still running?`,
      'stopped here',
    ])
    await page.context().close()
  })
})
