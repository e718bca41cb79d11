import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Miniflare } from 'miniflare'
import { describe, expect, it } from 'vitest'
import { bundleWorker, COMPATIBILITY_DATE } from '../support/bundle-worker.ts'
import { buildRuntimesPage } from './keys-page.ts'
import { RUNTIMES, type Runtime, TABLE } from './keys-table.ts'
import { absence, ROOT } from './processes.ts'

const RUN: Readonly<Record<Runtime, () => Promise<string>>> = {
  Node: () => print('node'),
  Bun: () => print('bun', 'run'),
  Deno: () => print('deno', 'run', '--no-prompt', '--no-lock', '--node-modules-dir=manual'),
  workerd: async () => {
    const miniflare = new Miniflare({
      modules: true,
      script: await bundleWorker('test/runtimes/keys-worker.ts'),
      compatibilityDate: COMPATIBILITY_DATE,
    })
    const response = await miniflare.dispatchFetch('https://rs.example/')
    const text = await response.text()
    await miniflare.dispose()
    return text
  },
}

describe('the outcome for a valid token', () => {
  for (const [column, runtime] of RUNTIMES.entries()) {
    it.skipIf(absence(runtime.toLowerCase()) !== undefined)(
      `JWK-21, JWK-22: on ${runtime} it is 200, 401, or 503 with an event, as the page says`,
      async () => {
        const expected = Object.entries(TABLE).map(([name, [guard, platform]]) => [
          name,
          [guard[column], platform[column]],
        ])
        expect(JSON.parse(await RUN[runtime]())).toEqual(Object.fromEntries(expected))
      },
    )
  }
})

describe('docs/runtimes.md', () => {
  it('is up to date (else: npm run docs)', () => {
    expect(readFileSync(join(ROOT, 'docs/runtimes.md'), 'utf8')).toBe(buildRuntimesPage())
  })
})

async function print(binary: string, ...argv: string[]): Promise<string> {
  const program = 'test/runtimes/print-keys.ts'
  const path = join(ROOT, 'node_modules', '.bin', binary)
  const { stdout } = await promisify(execFile)(path, [...argv, program], { cwd: ROOT })
  return stdout
}
