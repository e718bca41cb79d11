/**
 * `node --expose-gc memory.ts [before]`: the memory of cached tokens, beside that of an older build, and whether one client
 * can evict those of others.
 */

import process from 'node:process'
import { setTimeout } from 'node:timers/promises'
import type { ProtectedResource } from '../dist/index.js'
import * as library from '../dist/index.js'
import type { Figure, Table } from './figures.ts'
import { createIssuer, createRequest, ISSUER, RESOURCE, tokensOf } from './fixtures.ts'
import { type Entry, OURS } from './subjects.ts'

const TOKENS = 50_000
/** As many as the older build keeps. */
const COMPARED = 9000
const OTHERS = 1000
const FLOOD = 20_000
/** Of the default cache. */
const MAX_ENTRIES = 65_536
const MAX_BYTES = 64 * 1024 * 1024
const MEBIBYTE = 1024 * 1024

declare const gc: () => void

const [before] = process.argv.slice(2)
// The fastest algorithm to sign with.
const issuer = await createIssuer('ES256')
// As bytes: the string of a token that is sent is changed, which takes memory.
const tokens = (await tokensOf(issuer, TOKENS)).map((token) => Buffer.from(token))
const tables: Table[] = [await measureGrowth(), ...(await measureCompared()), await measureFlood()]
console.log(JSON.stringify(tables))

interface Memory {
  readonly heap: number
  /** With buffers outside of the heap. */
  readonly all: number
}

async function measureGrowth(): Promise<Table> {
  const { resource } = createCounted(library)
  const { heap, all } = await growthBy(tokens, resource, library)
  const kept = await countKept(tokens, resource)
  const { heapUsed } = await settledMemory()
  return {
    part: 'memory',
    title: `Memory: ${TOKENS.toLocaleString('en')} tokens of different users`,
    unit: 'entries',
    figures: [
      fact('maximum of tokens', MAX_ENTRIES, 'entries'),
      fact('tokens kept', kept, 'entries'),
      fact('maximum of bytes', MAX_BYTES, 'bytes'),
      fact('heap growth', heap, 'bytes'),
      fact('heap growth per token kept', Math.round(heap / kept), 'bytes'),
      fact('growth with buffers outside of the heap', all, 'bytes'),
      fact('heap of the whole process', Math.round(heapUsed / MEBIBYTE), 'MiB'),
      fact('characters of a token', tokens[0]?.length ?? 0, 'characters'),
    ],
  }
}

/** One table for the heap, and one for everything. */
async function measureCompared(): Promise<Table[]> {
  if (before === undefined) return []
  const subjects = [
    { name: 'before', role: 'floor', entry: (await import(before)) as Entry },
    { name: OURS, role: 'ours', entry: library },
  ] as const
  // Each resource stays until the last figure: what is freed during the next measurement would count as negative growth.
  const resources = subjects.map(({ entry }) => createCounted(entry).resource)
  const figures: { name: string; role: Figure['role']; memory: Memory }[] = []
  for (const [index, resource] of resources.entries()) {
    const { name, role, entry } = subjects[index] as (typeof subjects)[number]
    figures.push({ name, role, memory: await growthBy(tokens.slice(0, COMPARED), resource, entry) })
  }
  const tableOf = (title: string, member: keyof Memory): Table => ({
    part: 'memory',
    title,
    unit: 'bytes',
    figures: figures.map(({ name, role, memory }) => ({
      name,
      role,
      value: Math.round(memory[member] / COMPARED),
    })),
  })
  return [
    tableOf('Memory: heap of a token of another user', 'heap'),
    tableOf('Memory: heap and buffers of a token of another user', 'all'),
  ]
}

async function growthBy(
  presented: readonly Buffer[],
  resource: ProtectedResource,
  entry: Entry,
): Promise<Memory> {
  // One-time allocations for the first token are not part of an entry.
  await present(presented.slice(0, 100), createCounted(entry).resource, entry)
  const before = await settledMemory()
  await present(presented, resource, entry)
  const after = await settledMemory()
  const heap = after.heapUsed - before.heapUsed
  return { heap, all: heap + after.arrayBuffers - before.arrayBuffers }
}

/** A thousand users in turn, and one user with twenty distinct tokens between each two requests. */
async function measureFlood(): Promise<Table> {
  const others = tokens.slice(0, OTHERS)
  const { resource, misses } = createCounted(library)
  await present(others, resource, library)
  const before = misses()
  let missedByOthers = 0
  for (let number = 0; number < FLOOD; number++) {
    await present([Buffer.from(await issuer.token(OTHERS))], resource, library)
    if (number % (FLOOD / OTHERS) !== 0) continue
    const soFar = misses()
    await present([others[number / (FLOOD / OTHERS)] as Buffer], resource, library)
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

function createCounted(entry: Entry): Counted {
  let misses = 0
  const resource = entry.protectedResource({
    resource: RESOURCE,
    authorizationServers: [{ issuer: ISSUER, jwks: { keys: [issuer.jwk as never] } }],
    onEvent: (event) => {
      if (event.type === 'accepted' && !event.cached) misses += 1
    },
  })
  return { resource, misses: () => misses }
}

async function present(
  presented: readonly Buffer[],
  resource: ProtectedResource,
  { authenticate }: Entry,
): Promise<void> {
  for (const token of presented) {
    const auth = await authenticate(createRequest(`Bearer ${token.toString()}`), resource)
    if (!auth.ok) throw new Error('A valid token was rejected')
  }
}

/** From now on no signature verifies in this process: only cached tokens are accepted. */
async function countKept(
  presented: readonly Buffer[],
  resource: ProtectedResource,
): Promise<number> {
  const { verify } = crypto.subtle
  crypto.subtle.verify = async () => false
  let kept = 0
  for (const token of presented) {
    const auth = await library.authenticate(createRequest(`Bearer ${token.toString()}`), resource)
    if (auth.ok) kept += 1
  }
  crypto.subtle.verify = verify
  return kept
}

/** Several times: finalizers that run after a collection make more garbage. */
async function settledMemory(): Promise<NodeJS.MemoryUsage> {
  for (let times = 0; times < 4; times++) {
    gc()
    await setTimeout(20)
  }
  return process.memoryUsage()
}

function fact(name: string, value: number, unit: string): Figure {
  return { name, role: 'ours', value, unit }
}
