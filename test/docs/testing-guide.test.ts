/** docs/guides/testing.md contains examples/testing, which runs as the guide says. */

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const GUIDE = readFileSync(join(ROOT, 'docs/guides/testing.md'), 'utf8')
const FOLDER = 'examples/testing'

describe('docs/guides/testing.md contains', () => {
  it.each(['notes.ts', 'vitest.test.ts', 'bun.test.ts', 'deno.test.ts'])('%s', (name) => {
    const source = readFileSync(join(ROOT, FOLDER, name), 'utf8')
    expect(GUIDE).toContain(`\`\`\`ts\n${source}\`\`\``)
  })
})

// Deno reads tsconfig.json and does not find its globals there: `npm run check` checks the types.
const RUNS = [
  ['vitest', ['run', '--root', FOLDER, '--no-cache', 'vitest.test.ts'], /3 passed/],
  ['bun', ['test', `./${FOLDER}/bun.test.ts`], /\b2 pass\n\s*0 fail/],
  ['deno', ['test', '--no-check', '--no-remote', `${FOLDER}/deno.test.ts`], /1 passed \| 0 failed/],
] as const

describe('examples/testing runs with', () => {
  it.for(RUNS)('%s', { timeout: 60_000 }, ([tool, args, summary], { skip }) => {
    const path = join(ROOT, 'node_modules/.bin', tool)
    if (!existsSync(path)) skip(`${tool} is not installed`)
    const { VITEST: _, ...env } = process.env
    const run = spawnSync(path, args, {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...env, NO_COLOR: '1', FORCE_COLOR: '0' },
    })
    const output = run.stdout + run.stderr
    expect(output).toMatch(summary)
    expect(run.status, output).toBe(0)
  })
})
