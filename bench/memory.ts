/** `node --expose-gc memory.ts`: the memory of cached tokens, and whether one client can evict those of others. */

import { authenticate, type ProtectedResource, protectedResource } from '../dist/index.js'
import type { Figure, Table } from './figures.ts'
import { createIssuer, createRequest, ISSUER, RESOURCE, tokensOf } from './fixtures.ts'

const TOKENS = 50_000
const OTHERS = 1000
const FLOOD = 20_000
/** Of the default cache. */
const MAX_ENTRIES = 65_536
const MAX_BYTES = 64 * 1024 * 1024

declare const gc: () => void

// The fastest algorithm to sign with.
const issuer = await createIssuer('ES256')
const tables: Table[] = [await measureGrowth(), await measureFlood()]
console.log(JSON.stringify(tables))

async function measureGrowth(): Promise<Table> {
  const tokens = await tokensOf(issuer, TOKENS)
  const { resource } = createCounted()
  // One-time allocations for the first token are not part of an entry.
  await present(tokens.slice(0, 100), createCounted().resource)
  const before = heapUsed()
  await present(tokens, resource)
  const grown = heapUsed() - before
  const kept = await countKept(tokens, resource)
  return {
    part: 'memory',
    title: `Memory: ${TOKENS.toLocaleString('en')} tokens of different users`,
    unit: 'entries',
    figures: [
      fact('maximum of tokens', MAX_ENTRIES, 'entries'),
      fact('tokens kept', kept, 'entries'),
      fact('maximum of bytes', MAX_BYTES, 'bytes'),
      fact('heap growth', grown, 'bytes'),
      fact('heap growth per token kept', Math.round(grown / kept), 'bytes'),
      fact('characters of a token', tokens[0]?.length ?? 0, 'characters'),
    ],
  }
}

/** A thousand users in turn, and one user with twenty distinct tokens between each two requests. */
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
    title: 'Memory: a flood of valid tokens of one user',
    unit: 'tokens',
    figures: [
      fact('distinct tokens of that user', FLOOD, 'tokens'),
      fact('of these verified again', misses() - before - missedByOthers, 'tokens'),
      fact('tokens of other users, seen before the flood', OTHERS, 'tokens'),
      fact('of these verified again after the flood', missedByOthers, 'tokens'),
    ],
  }
}

interface Counted {
  readonly resource: ProtectedResource
  /** The number of tokens verified so far. */
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
    if (!auth.ok) throw new Error('A valid token was rejected')
  }
}

/** From now on no signature verifies in this process: only cached tokens are accepted. */
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
