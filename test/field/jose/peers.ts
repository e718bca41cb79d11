/** Implementations of JOSE from Debian and npm, each behind the same job. */

import { spawnSync } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type PublicJwk = JsonWebKey & { readonly kid?: string }
type Members = Readonly<Record<string, unknown>>

/** What a peer signs, and what it verifies. */
export interface Job {
  /** One key for each. A name may occur more than once. */
  readonly algorithms: readonly string[]
  readonly claims: { readonly token: Members; readonly proof: Members }
  readonly cases: readonly Case[]
}

export interface Case {
  readonly jwk: PublicJwk
  readonly alg: string
  readonly token: string
}

export interface Minted {
  readonly alg: string
  /** A JWK as the implementation writes it; a PEM, if it writes none. */
  readonly public: PublicJwk | string
  readonly token: string
  /** A token with the thumbprint of the key, and a DPoP proof for it. Both are missing without thumbprints. */
  readonly bound?: string
  readonly proof?: string
}

export interface Outcome {
  readonly minted: readonly Minted[]
  readonly verified: readonly boolean[]
}

export interface Peer {
  readonly name: string
  readonly isThere: boolean
  readonly algorithms: readonly string[]
  /** Whether a signature of it is not as RFC 7518 defines the algorithm, so that verifiers reject it. */
  isOdd?(alg: string, signature: Buffer): boolean
  /** The types that it verifies; all without it. */
  readonly types?: readonly string[]
  run(job: Job): Outcome | Promise<Outcome>
}

export const ES = ['ES256', 'ES384', 'ES512']
export const RS = ['RS256', 'RS384', 'RS512']
export const PS = ['PS256', 'PS384', 'PS512']

const PYTHON = '/usr/bin/python3'
const GO_JOSE = '/usr/share/gocode/src/gopkg.in/square/go-jose.v2/jwk.go'
const C_HEADERS = ['cjose/cjose.h', 'jwt.h', 'jansson.h', 'openssl/evp.h']
const PROGRAMS = join(import.meta.dirname, 'peers')
const work = mkdtempSync(join(tmpdir(), 'gatehouse-jose-'))
process.once('exit', () => rmSync(work, { recursive: true, force: true }))

export const PROGRAM_PEERS: readonly Peer[] = [
  python('jwcrypto', 'jwcrypto', [...ES, ...RS, ...PS, 'EdDSA']),
  python('pyjwt', 'jwt', [...ES, ...RS, ...PS, 'EdDSA']),
  python('authlib', 'authlib.jose', [...ES, ...RS, ...PS, 'EdDSA']),
  python('python-jose', 'jose.jwt', [...ES, ...RS]),
  ruby('ruby-jwt', 'jwt', [...ES, ...RS]),
  ruby('json-jwt', 'json/jwt', [...ES, ...RS, ...PS]),
  {
    name: 'go-jose',
    isThere: succeeds('go', ['version']) && succeeds('test', ['-e', GO_JOSE]),
    algorithms: [...ES, ...RS, ...PS, 'EdDSA'],
    run: (job) => runProgram(goProgram(), [], job),
  },
  {
    name: 'Crypt::JWT',
    isThere: succeeds('perl', ['-MCrypt::JWT', '-e', '1']),
    algorithms: [...ES, ...RS, ...PS, 'EdDSA'],
    run: (job) => runProgram('perl', [join(PROGRAMS, 'perl.pl')], job),
  },
  {
    name: 'erlang-jose',
    isThere: succeeds('erl', ['-noshell', '-eval', erlangCheck()]),
    algorithms: [...ES, ...RS, ...PS, 'EdDSA', 'Ed25519'],
    // The salt is as long as the key allows, not as long as the hash (RFC 7518 §3.5).
    isOdd: (alg) => PS.includes(alg),
    run: (job) => runProgram('escript', [join(PROGRAMS, 'erlang.escript')], job),
  },
  c('cjose', [...ES, ...RS, ...PS]),
  // It verifies no token with another type, such as `at+jwt` (RFC 9068 §2.1), and writes no other.
  c('libjwt', [...ES, ...RS], ['JWT']),
]

function python(name: string, module: string, algorithms: readonly string[]): Peer {
  return {
    name,
    isThere: succeeds(PYTHON, ['-c', `import ${module}`]),
    algorithms,
    run: (job) => runProgram(PYTHON, [join(PROGRAMS, 'python.py'), name], job),
  }
}

function ruby(name: string, library: string, algorithms: readonly string[]): Peer {
  return {
    name,
    isThere: succeeds('ruby', ['-e', `require '${library}'`]),
    algorithms,
    run: (job) => runProgram('ruby', [join(PROGRAMS, 'ruby.rb'), name], job),
  }
}

/** Both are in one program. */
function c(name: string, algorithms: readonly string[], types?: readonly string[]): Peer {
  return {
    name,
    ...(types && { types }),
    isThere:
      succeeds('gcc', ['--version']) &&
      C_HEADERS.every((each) => existsSync(join('/usr/include', each))),
    algorithms,
    run: (job) => {
      const cases = job.cases.map((each) => ({ ...each, pem: pemOf(each.jwk) }))
      return runProgram(cProgram(), [name], { ...job, cases })
    },
  }
}

function cProgram(): string {
  const binary = join(work, 'c')
  const argv = ['-o', binary, join(PROGRAMS, 'c.c'), '-lcjose', '-ljwt', '-ljansson', '-lcrypto']
  const { status, stderr } = spawnSync('gcc', argv)
  if (status !== 0) throw new Error(String(stderr))
  return binary
}

export function pemOf(jwk: PublicJwk): string {
  return createPublicKey({ key: jwk, format: 'jwk' })
    .export({ type: 'spki', format: 'pem' })
    .toString()
}

function erlangCheck(): string {
  return 'halt(case [code:which(M) || M <- [jose, jiffy]] of [[_|_], [_|_]] -> 0; _ -> 1 end).'
}

function goProgram(): string {
  const binary = join(work, 'go-jose')
  const env = {
    ...process.env,
    GO111MODULE: 'off',
    GOPATH: '/usr/share/gocode',
    GOCACHE: join(work, 'go'),
  }
  const source = join(PROGRAMS, 'go.go')
  const { status, stderr } = spawnSync('go', ['build', '-o', binary, source], { env })
  if (status !== 0) throw new Error(String(stderr))
  return binary
}

function runProgram(program: string, argv: readonly string[], job: Job): Outcome {
  const { stdout, stderr, status } = spawnSync(program, argv, {
    input: JSON.stringify(job),
    maxBuffer: 2 ** 26,
  })
  if (status !== 0) throw new Error(String(stderr))
  return JSON.parse(String(stdout)) as Outcome
}

export function succeeds(program: string, argv: readonly string[]): boolean {
  return spawnSync(program, argv).status === 0
}

/** Writes a file for a program without standard input. */
export function file(name: string, content: string): string {
  const path = join(work, name)
  writeFileSync(path, content)
  return path
}
