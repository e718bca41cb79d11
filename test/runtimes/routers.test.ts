/** TRN-13: on every runtime, an accepted request is routed to the resource of its token. */

import { Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundleWorker, COMPATIBILITY_DATE } from '../support/bundle-worker.ts'
import { type RawSent, sendRaw } from '../support/raw-socket.ts'
import { absence, type Running, start } from './processes.ts'
import { SETS } from './routers.ts'
import type { Served } from './routers-app.ts'

const DENO = ['--no-prompt', '--allow-env', '--allow-net=127.0.0.1:0', '--allow-read', '--no-lock']
const FORMS = ['list', 'function']

const RUNTIMES: Record<string, { binary: string; hosts: string[]; start: () => Promise<Running> }> =
  {
    Node: {
      binary: 'node',
      hosts: ['', ' whatwg', ' hono'],
      start: () => start('node', ['test/runtimes/routers-node.ts'], {}),
    },
    Bun: {
      binary: 'bun',
      hosts: [''],
      start: () => start('bun', ['test/runtimes/routers-bun.ts'], {}),
    },
    Deno: {
      binary: 'deno',
      hosts: [''],
      start: () =>
        start(
          'deno',
          [
            'run',
            ...DENO,
            '--no-remote',
            '--node-modules-dir=manual',
            'test/runtimes/routers-deno.ts',
          ],
          {},
        ),
    },
    workerd: { binary: 'workerd', hosts: [''], start: startWorkerd },
  }

/** Appended to the path of each resource. */
const TAILS = [
  ...[
    '/admin/..',
    '/admin/%2e%2e',
    '/admin/%2E./x',
    '/./x',
    '\\admin',
    '/x/../admin',
    '/..;/admin',
  ],
  ...['/%61dmin', '/%61dmin/..%2f', '/%61dmin/..%2fx', '/%61dmin/%252e%252e', '/%2561dmin'],
  ...['%2Fadmin', '%252Fadmin', '%5Cadmin', '/admin%5C..', '/x%5C..%5Cadmin', '/..%5Cpayroll'],
  ...[
    '/..%2Fpayroll',
    '/..%2f..%2fpayroll',
    '/..%252Fpayroll',
    '/x%2F..%2Fadmin',
    '/%2e%2e%2fpayroll',
  ],
  ...[
    '//admin',
    '/%2Fadmin',
    '/x%2F%2F..%2Fadmin',
    '/ADMIN',
    '/%41DMIN',
    '/admin;v=1',
    '/admin.json',
    '/admin./x',
    '/admin%2Ex',
    '/admin%3Bv',
  ],
  ...[
    '/admin%3Fx',
    '/admin%23x',
    '/admin%00',
    '/admin%09',
    '/admin%20',
    '/ad%09min',
    '/%ff/%61dmin',
  ],
  ...['/%61dmin/%ff', '/%61dmin/%zz', '/%zz/../admin', '/admin#/..', '/x#/../admin', '?/../admin'],
  ...[
    '/x?/../../payroll',
    '/admin/../../payroll',
    '/%u0061dmin',
    '/%c0%ae%c0%ae/admin',
    '/x%3F/../admin',
  ],
]

const HOSTS = [
  'x\\notes',
  'x/notes',
  'x?/notes',
  'x#/notes',
  'user@x',
  'x:80\\notes',
  '/notes',
  'x\\..',
]

/** Must pass with the token of the resource. */
const GOOD = ['', '/', '/x', '/100%25', '/a%20b', '/caf%C3%A9', '/a%2Fb', '?a=/../b', '/a.b/C~d']

describe.each(Object.entries(RUNTIMES))('on %s', (name, { binary, hosts, start: begin }) => {
  const missing = absence(binary)
  if (missing !== undefined) console.warn(`The routers are not tried on ${name}: ${missing}.`)
  let running: Running
  beforeAll(async () => {
    if (missing === undefined) running = await begin()
  })
  afterAll(() => running?.close())

  const guards = Object.keys(SETS).flatMap((set) =>
    FORMS.flatMap((form) => hosts.map((host) => ({ set, guard: `${set} ${form}${host}` }))),
  )

  test.skipIf(missing !== undefined).each(guards)(
    'TRN-13: $guard: what passes is routed to the resource whose token it has',
    async ({ set, guard }) => {
      const paths = SETS[set] as readonly string[]
      const bases = paths.map((path) => (path === '/' ? '' : path))
      const sent: RawSent[] = [
        ...bases.flatMap((base) => TAILS.map((tail) => ({ target: base + tail }))),
        ...paths.flatMap((target) => HOSTS.map((host) => ({ target, host }))),
        ...paths.map((path) => ({ target: `http://rs.example\\notes${path}` })),
        ...paths.map((path) => ({ target: `http://rs.example/notes/..${path}` })),
      ]
        .filter(({ target }) => !target.startsWith('?'))
        // Case and extensions are left to a function: names that differ by them may be two tenants.
        .filter(({ target }) => !(guard.includes('function') && /DMIN|min(\.|%2E)/.test(target)))
      let passed = 0
      await inTurn(
        sent.flatMap((each) => paths.map((token) => ({ ...each, token }))),
        async ({ token, ...each }) => {
          const headers = { 'x-guard': guard, Authorization: `Bearer ${token}` }
          const { status, body } = await sendRaw(running.origin, { ...each, headers })
          if (status < 200 || status > 299) return
          passed += 1
          const { resource, routes } = JSON.parse(body) as Served
          const elsewhere = Object.entries(routes).filter(([, to]) => to !== null && to !== token)
          expect({ ...each, token, resource, elsewhere }).toEqual({
            ...each,
            token,
            resource: token,
            elsewhere: [],
          })
        },
      )
      expect(passed).toBeGreaterThan(0)
    },
    60_000,
  )

  test.skipIf(missing !== undefined).each(guards)(
    'TRN-13: $guard: good paths pass, and all routers agree on them',
    async ({ set, guard }) => {
      for (const path of SETS[set] as readonly string[]) {
        for (const tail of GOOD) {
          const target =
            path === '/' && !tail.startsWith('/') ? `/${tail}` : path.replace(/\/$/, '') + tail
          const headers = { 'x-guard': guard, Authorization: `Bearer ${path}` }
          const { status, body } = await sendRaw(running.origin, { target, headers })
          expect({ target, status }).toEqual({ target, status: 200 })
          expect((JSON.parse(body) as Served).routes['model: normalised']).toBe(path)
        }
      }
    },
  )
})

/** A few at a time, because each opens its own connection. */
async function inTurn<Item>(items: readonly Item[], act: (item: Item) => Promise<void>) {
  const queue = [...items]
  const work = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await act(item)
  }
  await Promise.all(Array.from({ length: 8 }, work))
}

async function startWorkerd(): Promise<Running> {
  const miniflare = new Miniflare({
    workers: [
      {
        name: 'routers',
        modules: true,
        script: await bundleWorker('test/runtimes/routers-worker.ts'),
        compatibilityDate: COMPATIBILITY_DATE,
        unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
      },
    ],
  })
  const { origin } = await miniflare.unsafeGetDirectURL('routers')
  return { origin, close: () => miniflare.dispose() }
}
