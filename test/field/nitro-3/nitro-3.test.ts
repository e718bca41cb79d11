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

const start = startProject({
  name: 'nitro-3',
  serve: ['./.output/server/index.mjs'],
  files: { 'routes/signal.ts': SIGNAL },
})

testRecipe({ name: 'nitro-3', twice: 200, start }, ({ send }) => {
  it('aborts the signal of a request whose body was read', async () => {
    const response = await send('/signal', { method: 'POST', body: 'text' })
    expect(await response.json()).toEqual({ before: false, after: true })
  })
})
