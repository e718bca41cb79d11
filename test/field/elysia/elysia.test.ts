/** Elysia on Bun. */

import { startProject } from '../../support/program.ts'
import { testRecipe } from '../../support/recipe.ts'

const start = startProject({ name: 'elysia', serve: ['./server.ts'], runtime: 'bun' })

testRecipe({ name: 'elysia', start })
