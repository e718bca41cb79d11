/** Next.js with mcp-handler, built by `next build` and served by `next start`. */

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
