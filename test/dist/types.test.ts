/** A program for the public contract compiles with the published types. `npm test` builds them before the tests. */

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Milliseconds. The compiler is slow on a busy machine. */
const COMPILING = 120_000
const TSC = 'node_modules/@typescript/native/bin/tsc'

describe('the published types', { timeout: 60_000 }, () => {
  test.each([
    ['nodenext', 'nodenext'],
    ['bundler', 'esnext'],
  ])(
    'keep the contract under moduleResolution %s',
    async (moduleResolution, module) => {
      const options = ['--module', module, '--moduleResolution', moduleResolution, '--listFiles']
      // Without skipLibCheck: the published types must compile too.
      const argv = [
        TSC,
        '-p',
        'test/dist/tsconfig.published.json',
        '--skipLibCheck',
        'false',
        ...options,
      ]
      const run = promisify(execFile)(process.execPath, argv, { cwd: ROOT })
      const { stdout } = await run.catch((error: { stdout: string }) => error)
      const lines = stdout.split('\n').filter((line) => !line.includes('/node_modules/'))
      expect(lines.filter((line) => line.includes('error TS'))).toEqual([])
      // The types of the build were used, not the sources.
      expect(lines.filter((line) => line.includes('/src/'))).toEqual([])
      expect(lines.filter((line) => line.endsWith('/dist/index.d.ts'))).toHaveLength(1)
    },
    COMPILING,
  )
})
