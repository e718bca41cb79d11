/** The tests with software of other projects, each in a folder with dependencies of its own: `npm run test:field`. */

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/field/*/*.test.ts'],
    setupFiles: ['test/support/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Each file starts servers of its own, and some frameworks keep state in the process.
    maxWorkers: '100%',
    isolate: true,
  },
})
