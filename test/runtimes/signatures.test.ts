import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { absence, ROOT } from './processes.ts'
import type { Signatures } from './signatures.ts'

const ROW_OF_NODE = {
  ...{ RS256: 32, RS384: 32, RS512: 32, PS256: 32, PS384: 32, PS512: 32 },
  ...{ ES256: 8, ES384: 0, ES512: 0, EdDSA: 8, Ed25519: 8 },
}

/** Decision 8: a row takes about half a millisecond. A signature with RSA takes 0.015 ms, and 0.12 ms on Deno. */
const RUNTIMES = [
  { name: 'Node', argv: ['node'], rows: ROW_OF_NODE },
  { name: 'Bun', argv: ['bun', 'run'], rows: ROW_OF_NODE },
  {
    name: 'Deno',
    argv: ['deno', 'run', '--no-prompt', '--no-lock', '--node-modules-dir=manual'],
    rows: {
      ...{ RS256: 4, RS384: 4, RS512: 4, PS256: 0, PS384: 0, PS512: 0 },
      ...{ ES256: 0, ES384: 0, ES512: 0, EdDSA: 8, Ed25519: 8 },
    },
  },
]

describe('signatures on the calling thread', () => {
  for (const { name, argv, rows } of RUNTIMES) {
    it.skipIf(absence(name.toLowerCase()) !== undefined)(
      `on ${name} they are verified as WebCrypto verifies them, and only so many in a row`,
      async () => {
        expect(await print(argv)).toEqual({ rows, differences: [] })
      },
    )
  }
})

async function print([binary = '', ...argv]: readonly string[]): Promise<Signatures> {
  const program = 'test/runtimes/print-signatures.ts'
  const path = join(ROOT, 'node_modules', '.bin', binary)
  const { stdout } = await promisify(execFile)(path, [...argv, program], { cwd: ROOT })
  return JSON.parse(stdout)
}
