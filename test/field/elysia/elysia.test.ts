/** Elysia on Bun. Installs 9 MB; takes about 2 s of processor time. */

import { startProject } from '../../support/program.ts'
import { testRecipe } from '../../support/recipe.ts'

const start = startProject({ name: 'elysia', serve: ['./server.ts'], runtime: 'bun' })

testRecipe({ name: 'elysia', start })
