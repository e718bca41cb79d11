/** In the project `dist` only: its tests must import the build. */

import { expect, it } from 'vitest'
import * as subject from '../../src/index.ts'
import * as providers from '../../src/providers/index.ts'

const BUILT = new URL('../../dist/', import.meta.url).href

it('imports of src resolve to the build', async () => {
  expect(subject).toBe(await import(`${BUILT}index.js`))
  expect(providers).toBe(await import(`${BUILT}providers.js`))
})
