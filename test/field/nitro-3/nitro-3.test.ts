/** Nitro 3, built and served by Node. Installs 31 MB; takes about 5 s of processor time. */

import { expect, it } from 'vitest'
import { startProject } from '../../support/program.ts'
import { testRecipe } from '../../support/recipe.ts'

/** What the recipe's `signal: null` is for. */
const SIGNAL = `
import { defineHandler } from 'nitro/h3'

export default defineHandler(async ({ req }) => {
  const before = req.signal.aborted
  await req.text()
  await new Promise((resolve) => setTimeout(resolve, 50))
  return { before, after: req.signal.aborted }
})
`

/** Why the recipe guards in the route: Nitro takes a 404 of middleware for a request that it does not handle. */
const MIDDLEWARE = `
import { protect } from 'mcp-gatehouse'
import { defineHandler } from 'nitro/h3'
import { notes } from '../../notes.ts'

export default defineHandler((event, next) =>
  event.url.pathname.startsWith('/mcp/')
    ? protect(notes, () => next())(event.req)
    : next(),
)
`
const GUARDED = `
import { defineHandler } from 'nitro/h3'

export default defineHandler(() => 'handled')
`

const start = startProject({
  name: 'nitro-3',
  serve: ['./.output/server/index.mjs'],
  files: {
    'routes/signal.ts': SIGNAL,
    'middleware/guard.ts': MIDDLEWARE,
    'routes/mcp/[...].ts': GUARDED,
  },
})

testRecipe({ name: 'nitro-3', twice: 200, start }, ({ send }) => {
  it('aborts the signal of a request whose body was read', async () => {
    const response = await send('/signal', { method: 'POST', body: 'text' })
    expect(await response.json()).toEqual({ before: false, after: true })
  })

  it('runs a handler behind middleware that has answered 404', async () => {
    expect((await send('/mcp/note')).status).toBe(401)
    const response = await send('/mcp/.well-known/oauth-protected-resource')
    expect([response.status, await response.text()]).toEqual([200, 'handled'])
  })
})
