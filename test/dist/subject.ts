/** In the project `dist` only: that its tests are about the build, or all of them would prove nothing. */

import { expect, it } from 'vitest'
import * as subject from '../../src/index.ts'
import * as providers from '../../src/providers/index.ts'

const BUILT = new URL('../../dist/', import.meta.url).href

it('what tests import from src is what was built', async () => {
  expect(subject).toBe(await import(`${BUILT}index.js`))
  expect(providers).toBe(await import(`${BUILT}providers.js`))
})
