/** Measures calls inside workerd from outside: the time of a batch less that of an empty batch. */

import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { Miniflare } from 'miniflare'
import { CASES } from './cases.ts'
import { type Part, quickest, type Table, toFigures } from './figures.ts'
import { type Fixtures, MOST_USERS_ON_WORKERD } from './fixtures.ts'
import type { Subject } from './subjects.ts'

/** Not later than the workerd of miniflare. */
export const COMPATIBILITY_DATE = '2026-06-01'

/** Peers that load `node:` modules. Their import fails in workerd, so they are omitted. */
const NEEDING_NODE = ['fast-jwt', 'mcp-auth']
const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url))
const ROUNDS = 9
/** Long enough that an empty batch, a millisecond or less, hardly matters. */
const BATCH_MS = 50
const MOST_CALLS = 1 << 20

export async function measureOnWorkerd(
  fixtures: Fixtures,
  parts: readonly Part[],
): Promise<Table[]> {
  const miniflare = new Miniflare({
    // Otherwise Miniflare requests an object for `request.cf` from its vendor.
    cf: false,
    // An explicit list: workerd must not look for modules outside the bundle.
    modules: [
      { type: 'ESModule', path: 'worker.js', contents: await bundle({ entryPoints: [WORKER] }) },
    ],
    compatibilityDate: COMPATIBILITY_DATE,
  })
  try {
    const origin = (await miniflare.ready).origin
    const post = async (path: string, body?: string): Promise<Response> => {
      const response = await fetch(`${origin}${path}`, { method: 'POST', body: body ?? null })
      if (!response.ok) throw new Error(`${path}: ${await response.text()}`)
      return response
    }
    const tokens = {
      ...fixtures.tokens,
      ES256: fixtures.tokens.ES256.slice(0, MOST_USERS_ON_WORKERD),
    }
    await post('/fixtures', JSON.stringify({ ...fixtures, tokens }))
    const tables: Table[] = []
    for (const [index, { part, title, isLarge }] of CASES.entries()) {
      if (!parts.includes(part) || isLarge) continue
      const answer = await post(`/case?index=${index}`)
      const subjects = (await answer.json()) as Subject[]
      const rounds = await measureBatches(subjects.length, (subject, count) =>
        post(`/batch?subject=${subject}&count=${count}`),
      )
      tables.push({ part, title, unit: 'µs', figures: toFigures(subjects, rounds) })
    }
    return tables
  } finally {
    await miniflare.dispose()
  }
}

/** Bundles as wrangler does. */
export async function bundle(
  input:
    | { readonly entryPoints: string[] }
    | { readonly stdin: { contents: string; resolveDir: string } },
): Promise<string> {
  const { outputFiles } = await build({
    ...input,
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', ...NEEDING_NODE],
    logLevel: 'error',
  })
  return outputFiles[0]?.text ?? ''
}

type Batch = (subject: number, count: number) => Promise<unknown>

/** Microseconds of one call, by subject and round. */
async function measureBatches(subjects: number, batch: Batch): Promise<number[][]> {
  const rounds = Array.from({ length: subjects }, (): number[] => [])
  const counts: number[] = []
  for (let subject = 0; subject < subjects; subject++) counts.push(await calibrate(subject, batch))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [subject, count] of counts.entries()) {
      const empty = await quickest(() => timeOf(() => batch(subject, 0)))
      const full = await quickest(() => timeOf(() => batch(subject, count)))
      rounds[subject]?.push(((full - empty) / count) * 1000)
    }
  }
  return rounds
}

/** Finds the number of calls of a batch. This warms up too. */
async function calibrate(subject: number, batch: Batch): Promise<number> {
  for (let count = 64; ; count *= 2) {
    const isEnough = (await timeOf(() => batch(subject, count))) >= BATCH_MS
    if (isEnough || count >= MOST_CALLS) return count
  }
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}
