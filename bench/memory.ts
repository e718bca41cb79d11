/** `node --expose-gc memory.ts`: what remembered tokens take, and whether one client can push out the others'. */

import { authenticate, type ProtectedResource, protectedResource } from '../dist/index.js'
import type { Figure, Table } from './figures.ts'
import { createIssuer, createRequest, ISSUER, RESOURCE, tokensOf } from './fixtures.ts'

/** Twice what fits. */
const TOKENS = 20_000
const OTHERS = 1000
const FLOOD = 20_000
/** Of the default cache. */
const MAX_ENTRIES = 10_000
const MAX_BYTES = 16 * 1024 * 1024

declare const gc: () => void

// The quickest kind to sign.
const issuer = await createIssuer('ES256')
const tables: Table[] = [await measureGrowth(), await measureFlood()]
console.log(JSON.stringify(tables))

async function measureGrowth(): Promise<Table> {
  const tokens = await tokensOf(issuer, TOKENS)
  const { resource } = createCounted()
  // What is made once, for the first token of all, is no part of an entry.
  await present(tokens.slice(0, 100), createCounted().resource)
  const before = heapUsed()
  await present(tokens, resource)
  const grown = heapUsed() - before
  const kept = await countKept(tokens, resource)
  return {
    part: 'memory',
    title: `Memory: ${TOKENS.toLocaleString('en')} tokens, each of another user`,
    unit: 'entries',
    figures: [
      fact('tokens that would fit by number', MAX_ENTRIES, 'entries'),
      fact('tokens kept', kept, 'entries'),
      fact('bytes that all may take', MAX_BYTES, 'bytes'),
      fact('heap grown by', grown, 'bytes'),
      fact('heap grown by, for each token kept', Math.round(grown / kept), 'bytes'),
      fact('characters of a token', tokens[0]?.length ?? 0, 'characters'),
    ],
  }
}

/** A thousand users in turn; and one who sends twenty distinct tokens between each two of theirs. */
async function measureFlood(): Promise<Table> {
  const others = await tokensOf(issuer, OTHERS)
  const { resource, misses } = createCounted()
  await present(others, resource)
  const before = misses()
  let missedByOthers = 0
  for (let number = 0; number < FLOOD; number++) {
    await present([await issuer.token(OTHERS)], resource)
    if (number % (FLOOD / OTHERS) !== 0) continue
    const soFar = misses()
    await present([others[number / (FLOOD / OTHERS)] as string], resource)
    missedByOthers += misses() - soFar
  }
  return {
    part: 'memory',
    title: 'Memory: a flood of good tokens of one user',
    unit: 'tokens',
    figures: [
      fact('distinct tokens of the one', FLOOD, 'tokens'),
      fact('of the one verified anew', misses() - before - missedByOthers, 'tokens'),
      fact('tokens of others, seen before the flood', OTHERS, 'tokens'),
      fact('of the others verified anew', missedByOthers, 'tokens'),
    ],
  }
}

interface Counted {
  readonly resource: ProtectedResource
  /** Tokens that had to be verified so far. */
  misses(): number
}

function createCounted(): Counted {
  let misses = 0
  const resource = protectedResource({
    resource: RESOURCE,
    authorizationServers: [{ issuer: ISSUER, jwks: { keys: [issuer.jwk as never] } }],
    onEvent: (event) => {
      if (event.type === 'accepted' && !event.cached) misses += 1
    },
  })
  return { resource, misses: () => misses }
}

async function present(tokens: readonly string[], resource: ProtectedResource): Promise<void> {
  for (const token of tokens) {
    const auth = await authenticate(createRequest(`Bearer ${token}`), resource)
    if (!auth.ok) throw new Error('A good token was refused')
  }
}

/** From now on no signature is good in this process: what still passes is remembered. */
async function countKept(tokens: readonly string[], resource: ProtectedResource): Promise<number> {
  const { verify } = crypto.subtle
  crypto.subtle.verify = async () => false
  let kept = 0
  for (const token of tokens) {
    const auth = await authenticate(createRequest(`Bearer ${token}`), resource)
    if (auth.ok) kept += 1
  }
  crypto.subtle.verify = verify
  return kept
}

function heapUsed(): number {
  gc()
  gc()
  return process.memoryUsage().heapUsed
}

function fact(name: string, value: number, unit: string): Figure {
  return { name, role: 'ours', value, unit }
}
