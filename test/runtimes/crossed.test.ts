/** Generated requests to resources with generated options: every runtime and framework decides as the adapter for Node. */

import { Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundleWorker, COMPATIBILITY_DATE } from '../support/bundle-worker.ts'
import { SEED } from '../support/fuzz.ts'
import { type Case, createCases } from './crossed-cases.ts'
import { type Result, sendCase } from './crossed-wire.ts'
import { absence, type Running, start } from './processes.ts'

const CASES = Number(process.env['FUZZ_RUNS'] ?? 150)
const NOW = 1_800_000_000
const DENO = ['--no-prompt', '--allow-env', '--allow-net=127.0.0.1:0', '--allow-read', '--no-lock']

/** The guards of each runtime. One of a list is compared with the list on Node, and every other one with `single`. */
const GUARDS: Readonly<Record<string, readonly string[]>> = {
  node: ['single', 'list', 'core single', 'core list', 'core hono', 'express', 'fastify'],
  bun: ['single', 'list', 'hono'],
  deno: ['single', 'list', 'hono'],
  workerd: ['single', 'list', 'hono'],
}

const { crossing, make } = await createCases({ now: NOW, seed: SEED })
const running: Record<string, Running> = {}

beforeAll(async () => {
  const env = { CROSSING: JSON.stringify(crossing) }
  const file = (name: string) => `test/runtimes/crossed-${name}.ts`
  const deno = ['run', ...DENO, '--no-remote', '--node-modules-dir=manual', file('deno')]
  const starts: Record<string, () => Promise<Running>> = {
    node: () => start('node', [file('node')], env),
    bun: () => start('bun', [file('bun')], env),
    deno: () => start('deno', deno, env),
    workerd: startWorkerd,
  }
  for (const [name, begin] of Object.entries(starts)) {
    const missing = absence(name)
    if (missing === undefined) running[name] = await begin()
    else console.warn(`Crossed resources are not tried on ${name}: ${missing}.`)
  }
}, 60_000)
afterAll(async () => {
  for (const each of Object.values(running)) await each.close()
})

describe(`generated requests (FUZZ_SEED=${SEED})`, () => {
  test(
    'every runtime and framework decides as the adapter for Node',
    async () => {
      const issued = { sessions: [] as string[], nonce: undefined as string | undefined }
      const statuses = new Set<number>()
      for (let number = 0; number < CASES; number += 1) {
        const sample = await make(issued)
        const results = await sendToAll(sample, number)
        const { single, list } = results['node'] as Record<string, Answer>
        for (const [runtime, guards] of Object.entries(results)) {
          for (const [guard, { result }] of Object.entries(guards)) {
            const expected = guard.endsWith('list') ? list : single
            const subject = { runtime, guard, number, ...sample }
            expect({ ...subject, ...result }).toEqual({ ...subject, ...expected?.result })
          }
        }
        statuses.add(single?.result.status ?? 0)
        issued.nonce = single?.nonce ?? issued.nonce
        if (single?.result.fields['mcp-session-id'] === 'sealed' && issued.sessions.length < 3) {
          issued.sessions.push(single.session ?? '')
        }
      }
      expect([...statuses]).toEqual(expect.arrayContaining([200, 202, 204, 303, 304]))
      expect([...statuses]).toEqual(expect.arrayContaining([400, 401, 403, 404, 405]))
    },
    60_000 + 500 * CASES,
  )
})

interface Answer {
  readonly result: Result
  readonly session: string | undefined
  readonly nonce: string | undefined
}

async function sendToAll(sample: Case, number: number) {
  const sent = Object.entries(running).map(async ([runtime, { origin }]) => {
    const guards = (GUARDS[runtime] ?? []).map(async (guard) => {
      const id = `${number} ${guard}`
      const further = { 'X-Guard': guard, 'X-Resource': String(sample.index), 'X-Case': id }
      return [guard, { id, ...(await sendCase(origin, further, sample)) }] as const
    })
    const answers = await Promise.all(guards)
    const seen = (await (await fetch(`${origin}/seen`)).json()) as Record<string, unknown>
    const entries = answers.map(([guard, { id, session, nonce, ...result }]): [string, Answer] => [
      guard,
      { result: { ...result, handled: seen[id] }, session, nonce },
    ])
    return [runtime, Object.fromEntries(entries)] as const
  })
  return Object.fromEntries(await Promise.all(sent))
}

async function startWorkerd(): Promise<Running> {
  const miniflare = new Miniflare({
    workers: [
      {
        name: 'crossed',
        modules: true,
        script: await bundleWorker('test/runtimes/crossed-worker.ts'),
        compatibilityDate: COMPATIBILITY_DATE,
        bindings: { CROSSING: { ...crossing } },
        unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
      },
    ],
  })
  const { origin } = await miniflare.unsafeGetDirectURL('crossed')
  return { origin, close: () => miniflare.dispose() }
}
