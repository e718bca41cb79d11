/**
 * SvelteKit with its adapter for Node, built and served by itself.
 * Installs 47 MB; takes about 4 s of processor time.
 */

import { expect, it } from 'vitest'
import { callTool, post } from '../../support/mcp.ts'
import { startProject } from '../../support/program.ts'
import { testRecipe } from '../../support/recipe.ts'

/** Two guards of the same kind of route: one compares the path, the other the route that was chosen by it. */
const HOOKS = `
import { protect } from 'mcp-gatehouse'
import { notes } from '../../notes.ts'

const guarded = protect(notes, (request, auth, { event, resolve }) =>
  resolve({ ...event, request }))

export const handle = (input) => {
  const { event, resolve } = input
  const isGuarded =
    event.url.pathname.startsWith('/by-path') || event.route.id?.startsWith('/by-route')
  return isGuarded ? guarded(event.request, input) : resolve(event)
}
`
const ROUTE = `
export const fallback = async ({ request }) => {
  const id = request.headers.get('Mcp-Session-Id')
  const headers = id === null ? { 'Mcp-Session-Id': 'one' } : {}
  return Response.json([id, await request.text()], { headers })
}
`

testRecipe(
  {
    name: 'sveltekit',
    twice: 200,
    ownDelete: 'Cross-site DELETE form submissions are forbidden',
    start: startProject({
      name: 'sveltekit',
      serve: ['./build/index.js'],
      files: {
        'src/hooks.server.ts': HOOKS,
        'src/routes/by-path/+server.ts': ROUTE,
        'src/routes/by-route/+server.ts': ROUTE,
      },
    }),
  },
  ({ send, tokenOf }) => {
    it('passes the request of the guard on in a hook', async () => {
      const fields = { Authorization: await tokenOf('alice') }
      const opened = await send('/by-route', post(callTool('list_notes'), fields))
      const id = opened.headers.get('Mcp-Session-Id') ?? ''
      expect([await opened.json(), id]).toEqual([
        [null, JSON.stringify(callTool('list_notes'))],
        expect.stringMatching(/^one\../),
      ])
      const init = post(callTool('list_notes'), { ...fields, 'Mcp-Session-Id': id })
      expect(await (await send('/by-route', init)).json()).toEqual([
        'one',
        JSON.stringify(callTool('list_notes')),
      ])
    })

    it('decodes a path that the hook receives as it was sent', async () => {
      const statuses = []
      for (const path of ['/by-path', '/%62y-path', '/by-route', '/%62y-route']) {
        statuses.push((await send(path)).status)
      }
      expect(statuses).toEqual([401, 200, 401, 401])
    })
  },
)
