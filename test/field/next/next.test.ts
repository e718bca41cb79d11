/**
 * Next.js with mcp-handler, built by `next build` and served by `next start`.
 * Installs 384 MB; takes about 14 s of processor time.
 */

import { startProject } from '../../support/program.ts'
import { testRecipe } from '../../support/recipe.ts'

testRecipe({
  name: 'next',
  twice: 200,
  start: startProject({
    name: 'next',
    serve: (host, port) => ['next', 'start', '--hostname', host, '--port', port],
  }),
})
