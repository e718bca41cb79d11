/** Functions of clouds, each as examples/frameworks/functions shows it. Hosts build the responses whole. */

import { testRecipe } from '../../support/recipe.ts'
import { testRecipeTypes } from '../../support/recipe-types.ts'

testRecipeTypes('functions')

const lambda = 'test/support/lambda-host.ts'
testRecipe({ name: 'functions/codegenie', host: lambda, streams: false })
testRecipe({ name: 'functions/vendia', host: lambda, streams: false })
testRecipe({ name: 'functions/fastify-lambda', host: lambda, streams: false })
testRecipe({ name: 'functions/google-cloud', host: 'test/field/functions/google-host.ts' })
testRecipe({ name: 'functions/azure', host: 'test/field/functions/azure-host.ts' })
testRecipe({
  name: 'functions/vercel-edge',
  host: 'test/field/functions/edge-host.ts',
  twice: 200,
})
