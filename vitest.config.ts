import { existsSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

const setup = 'test/support/setup.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: existsSync(setup) ? [setup] : [],
    testTimeout: 10_000,
    // A runtime suite starts workerd, Deno or Bun in a hook; on two busy cores that takes a while.
    hookTimeout: 30_000,
    // The default, said aloud: unsaid, vitest advises against it below its summary.
    isolate: true,
  },
})
