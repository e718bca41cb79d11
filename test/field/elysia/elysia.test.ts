/** Elysia on Bun. Installs 9 MB; takes about 2 s of processor time. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Running, startProject } from '../../support/program.ts'
import { testRecipe } from '../../support/recipe.ts'

const start = startProject({ name: 'elysia', serve: ['./server.ts'], runtime: 'bun' })

testRecipe({ name: 'elysia', start })

const HOOKS = `
import { Elysia } from 'elysia'
import { authenticate } from 'mcp-gatehouse'
import { notes } from '../notes.ts'

const rejectionOf = async (request) => {
  const auth = await authenticate(request, notes)
  return auth.ok ? undefined : auth
}
const throwRejection = async (request) => {
  const rejection = await rejectionOf(request)
  if (rejection) throw rejection
}

new Elysia()
  .group('/resolve', (app) =>
    app.resolve(({ request }) => rejectionOf(request)).get('', () => 'handled'))
  .group('/derive', (app) =>
    app.derive(({ request }) => rejectionOf(request)).get('', () => 'handled'))
  .group('/thrown', (app) =>
    app.resolve(({ request }) => throwRejection(request)).get('', () => 'handled'))
  .group('/before', (app) =>
    app.onBeforeHandle(({ request }) => rejectionOf(request)).get('', () => 'handled'))
  .listen({ hostname: '127.0.0.1', port: Number(process.env.PORT) })
`

describe('hooks of Elysia', () => {
  let running: Running

  beforeAll(async () => {
    const files = { 'hooks.ts': HOOKS }
    running = await startProject({ name: 'elysia', serve: ['./hooks.ts'], runtime: 'bun', files })(
      {},
    )
  })
  afterAll(() => running?.close())

  it.each([
    ['resolve', 200],
    ['derive', 200],
    ['thrown', 401],
    ['before', 401],
  ])('respond to a rejection that %s returns or throws with %i', async (hook, status) => {
    const response = await fetch(`${running.origin}/${hook}`)
    const challenge = response.headers.get('WWW-Authenticate')
    expect([response.status, challenge !== null]).toEqual([status, status === 401])
    expect((await response.text()) === 'handled').toBe(status === 200)
  })
})
