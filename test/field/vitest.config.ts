/** The tests with software of other projects, each in a folder with dependencies of its own: `npm run test:field`. */

import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const dist = fileURLToPath(new URL('../../dist', import.meta.url))

export default defineConfig({
  resolve: {
    // The folders are packages of their own, where the name does not resolve to the build.
    alias: [
      { find: /^mcp-gatehouse$/, replacement: `${dist}/index.js` },
      { find: /^mcp-gatehouse\/(.+)$/, replacement: `${dist}/$1.js` },
    ],
  },
  test: {
    include: ['test/field/*/*.test.ts'],
    setupFiles: ['test/support/setup.ts'],
    testTimeout: 60_000,
    // Some hooks build a project.
    hookTimeout: 300_000,
    // Each file starts servers of its own, and some frameworks keep state in the process.
    maxWorkers: '100%',
    isolate: true,
  },
})
