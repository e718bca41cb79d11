/** What docs/guides/testing.md shows is examples/testing, and it runs as the guide says. */

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const GUIDE = readFileSync(join(ROOT, 'docs/guides/testing.md'), 'utf8')
const FOLDER = 'examples/testing'

describe('the guide to testing shows', () => {
  it.each(['notes.ts', 'vitest.test.ts', 'bun.test.ts', 'deno.test.ts'])('%s', (name) => {
    const source = readFileSync(join(ROOT, FOLDER, name), 'utf8')
    expect(GUIDE).toContain(`\`\`\`ts\n${source}\`\`\``)
  })
})

// Deno takes tsconfig.json for its own and misses its globals there: the types are checked elsewhere.
const RUNS = [
  ['vitest', ['run', '--root', FOLDER, '--no-cache', 'vitest.test.ts'], /3 passed/],
  ['bun', ['test', `./${FOLDER}/bun.test.ts`], /\b2 pass\n\s*0 fail/],
  ['deno', ['test', '--no-check', '--no-remote', `${FOLDER}/deno.test.ts`], /1 passed \| 0 failed/],
] as const

describe('the guide to testing runs with', () => {
  it.for(RUNS)('%s', { timeout: 60_000 }, ([tool, args, summary], { skip }) => {
    const path = join(ROOT, 'node_modules/.bin', tool)
    if (!existsSync(path)) skip(`there is no ${tool} here`)
    const { VITEST: _, ...env } = process.env
    const run = spawnSync(path, args, {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...env, NO_COLOR: '1', FORCE_COLOR: '0' },
    })
    const said = run.stdout + run.stderr
    expect(said).toMatch(summary)
    expect(run.status, said).toBe(0)
  })
})
