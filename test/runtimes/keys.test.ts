import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Miniflare } from 'miniflare'
import { describe, expect, it } from 'vitest'
import { bundleWorker, COMPATIBILITY_DATE } from '../support/bundle-worker.ts'
import { absence, ROOT } from './processes.ts'

const RUNTIMES = ['Node', 'Bun', 'Deno', 'workerd'] as const

type Runtime = (typeof RUNTIMES)[number]

const ALL = ['verified', 'verified', 'verified', 'verified'] as const
const NONE = ['skipped', 'skipped', 'skipped', 'skipped'] as const

/** The outcome for a valid token by key, in the order of {@link RUNTIMES}. */
const TABLE: Readonly<Record<string, readonly string[]>> = {
  'RSA 1024': ['refused', 'refused', 'refused', 'refused'],
  'RSA 2048': ALL,
  'RSA 3072': ALL,
  'RSA 4096': ALL,
  'RSA 4104': ['verified', 'verified', 'skipped', 'verified'],
  'RSA 8192': ['verified', 'verified', 'skipped', 'verified'],
  'RSA 8200': ['verified', 'verified', 'skipped', 'skipped'],
  'RSA 16384': ['verified', 'verified', 'skipped', 'skipped'],
  'RSA 16392': NONE,
  'RSA 2048, exponent 3': ALL,
  'RSA 2048, exponent 17': ALL,
  'RSA 2048, exponent 2^32 + 15': ['verified', 'verified', 'verified', 'skipped'],
  'RSA 2048, exponent 2^33 + 17': NONE,
  'RSA 2048, exponent 1': NONE,
  'RSA 2048, exponent 65536': NONE,
  'P-256': ALL,
  'P-384': ALL,
  'P-521': ALL,
  'Ed25519, alg EdDSA, token EdDSA': ALL,
  'Ed25519, alg EdDSA, token Ed25519': ALL,
  'Ed25519, alg Ed25519, token EdDSA': ALL,
  'Ed25519, alg Ed25519, token Ed25519': ALL,
}

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
      `JWK-21: on ${runtime} it is 200, or 503 with an event, whatever its key`,
      async () => {
        const expected = Object.entries(TABLE).map(([name, row]) => [name, row[column]])
        expect(JSON.parse(await RUN[runtime]())).toEqual(Object.fromEntries(expected))
      },
    )
  }

  it('is what the guide says', () => {
    const guide = readFileSync(join(ROOT, 'docs/guides/outages.md'), 'utf8')
    const words: Readonly<Record<string, string>> = {
      verified: '200',
      skipped: '503',
      refused: '401',
    }
    const rows = Object.entries(TABLE).map(
      ([name, row]) => `| ${name} | ${row.map((each) => words[each]).join(' | ')} |`,
    )
    const head = [`| key | ${RUNTIMES.join(' | ')} |`, '| --- | --- | --- | --- | --- |']
    expect(guide).toContain([...head, ...rows].join('\n'))
  })
})

async function print(binary: string, ...argv: string[]): Promise<string> {
  const program = 'test/runtimes/print-keys.ts'
  const path = join(ROOT, 'node_modules', '.bin', binary)
  const { stdout } = await promisify(execFile)(path, [...argv, program], { cwd: ROOT })
  return stdout
}
