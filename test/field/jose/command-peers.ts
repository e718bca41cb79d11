/** The command lines of latchset's jose and of Rhonabwy, one call for each step. */

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  ES,
  file,
  type Job,
  type Minted,
  type Outcome,
  type Peer,
  PS,
  RS,
  succeeds,
} from './peers.ts'

const CURVES: Readonly<Record<string, string>> = {
  ES256: 'EC256',
  ES384: 'EC384',
  ES512: 'EC521',
  EdDSA: 'Ed25519',
}

export const COMMAND_PEERS: readonly Peer[] = [
  {
    name: 'latchset jose',
    isThere: succeeds('jose', ['alg']),
    algorithms: [...ES, ...RS, ...PS],
    run: (job) =>
      runJob(job, mintWithJose, ({ token, jwk }) => {
        const argv = [
          'jws',
          'ver',
          '-i',
          file('token', token),
          '-k',
          file('key', JSON.stringify(jwk)),
        ]
        return succeeds('jose', argv)
      }),
  },
  {
    name: 'Rhonabwy',
    isThere: succeeds('rnbyc', ['--version']),
    algorithms: [...ES, ...RS, ...PS, 'EdDSA'],
    run: (job) =>
      runJob(job, mintWithRhonabwy, ({ token, jwk }) => {
        const keys = JSON.stringify({ keys: [jwk] })
        return run('rnbyc', ['-t', token, '-P', keys]).includes('signature verified')
      }),
  },
]

function runJob(
  { algorithms, claims, cases }: Job,
  mint: (alg: string, kid: string, claims: Job['claims']) => Minted,
  verify: (each: Job['cases'][number]) => boolean,
): Outcome {
  return {
    minted: algorithms.map((alg, index) => mint(alg, `${alg}-${index}`, claims)),
    verified: cases.map(verify),
  }
}

function mintWithJose(alg: string, kid: string, claims: Job['claims']): Minted {
  const key = file('private', run('jose', ['jwk', 'gen', '-i', JSON.stringify({ alg, kid })]))
  const published = JSON.parse(run('jose', ['jwk', 'pub', '-i', key])) as Minted['public']
  const jkt = run('jose', ['jwk', 'thp', '-a', 'S256', '-i', key]).trim()
  const sign = (header: object, payload: object) =>
    run('jose', [
      'jws',
      'sig',
      ...['-I', file('payload', JSON.stringify(payload))],
      ...['-k', key, '-c', '-s', JSON.stringify({ protected: { alg, ...header } })],
    ]).trim()
  const head = { typ: 'at+jwt', kid }
  const bound = sign(head, { ...claims.token, cnf: { jkt } })
  const ath = createHash('sha256').update(bound).digest('base64url')
  return {
    alg,
    public: published,
    token: sign(head, claims.token),
    bound,
    proof: sign({ typ: 'dpop+jwt', jwk: published }, { ...claims.proof, ath }),
  }
}

/** The command has no option for `typ`, which it sets to JWT. */
function mintWithRhonabwy(alg: string, kid: string, { token }: Job['claims']): Minted {
  const [secret, published] = [file('private', ''), file('public', '')]
  const size = CURVES[alg] ?? 'RSA2048'
  run('rnbyc', ['-j', '-g', size, '-a', alg, '-k', kid, '-x', '-o', secret, '-p', published])
  const { keys } = JSON.parse(readFileSync(published, 'utf8')) as { keys: [JsonWebKey] }
  const signed = run('rnbyc', ['-s', JSON.stringify(token), '-K', secret, '-a', alg])
  return { alg, public: keys[0], token: signed.trim() }
}

function run(program: string, argv: readonly string[]): string {
  const { stdout, stderr } = spawnSync(program, argv)
  return `${stdout}${stderr}`
}
