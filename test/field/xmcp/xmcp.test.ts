/** xmcp, built and served by Node. Installs 112 MB; takes about 5 s of processor time. */

import { expect, it } from 'vitest'
import { startProject } from '../../support/program.ts'
import { testRecipe } from '../../support/recipe.ts'

const start = startProject({ name: 'xmcp', serve: ['./dist/http.js'] })

testRecipe({ name: 'xmcp', start }, ({ send }) => {
  it('answers preflights itself, for any origin', async () => {
    const headers = {
      Origin: 'https://other.example',
      'Access-Control-Request-Method': 'POST',
    }
    const response = await send('/mcp', { method: 'OPTIONS', headers })
    const allowed = response.headers.get('Access-Control-Allow-Origin')
    expect([response.status, allowed]).toEqual([204, '*'])
  })
})
