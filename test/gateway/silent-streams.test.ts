/** `forward()` waits for servers that are silent for longer than Node's `fetch` allows. */

import { createServer } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { forward } from '../../src/gateway/index.ts'
import { silentStreams } from '../../src/gateway/silent-streams.ts'
import { protect } from '../../src/index.ts'
import { RESOURCE } from '../support/issuer.ts'
import { portOf, start } from '../support/node-server.ts'
import { createScene } from '../support/scene.ts'

/** Where undici keeps the dispatcher of Node's `fetch`: up to Node 24, and from Node 26 on. */
const PLACE = Symbol.for('undici.globalDispatcher.1')
const SECOND = Symbol.for('undici.globalDispatcher.2')
/** Stands for the limits of 300 s. undici looks at its clock twice a second. */
const LIMIT_MS = 100
const SILENCE_MS = 2000

interface Agent {
  dispatch(options: object, handler: unknown): boolean
  destroy(): Promise<void>
}

// Node loads its `fetch` and what belongs to it when one of them is first used.
new Headers()
const places = globalThis as { [PLACE]?: Agent; [SECOND]?: Agent }
// Node 26 has an adapter for older handlers at the first place.
const place = places[PLACE]?.constructor.name === 'Agent' ? PLACE : SECOND
const original = places[place]
const agents: Agent[] = []

/** Lets Node's `fetch` break off silent responses early. */
function limitHost(): void {
  const Limited = original?.constructor as new (limits: object) => Agent
  const agent = new Limited({ bodyTimeout: LIMIT_MS, headersTimeout: LIMIT_MS })
  agents.push(agent)
  places[place] = agent
}

afterEach(async () => {
  if (original !== undefined) places[place] = original
  for (const agent of agents.splice(0)) await agent.destroy()
})

async function silentServer(): Promise<string> {
  const server = createServer((req, res) => {
    if (req.url === '/stream') res.write('data: first\n\n')
    setTimeout(() => res.end('data: last\n\n'), SILENCE_MS)
  })
  return `http://127.0.0.1:${portOf(await start(server))}`
}

async function get(url: string, options?: Parameters<typeof forward>[1]): Promise<Response> {
  const { resource, issuer } = await createScene()
  const headers = { Authorization: `Bearer ${await issuer.token()}` }
  return protect(resource, forward(url, options))(new Request(RESOURCE, { headers }))
}

describe('forward() on Node', () => {
  it('waits for a silent stream and for a late head, where fetch gives up', async () => {
    const origin = await silentServer()
    limitHost()
    const [stream, late] = [`${origin}/stream`, `${origin}/late`]
    const outcomes = await Promise.allSettled([
      fetch(stream).then((response) => response.text()),
      fetch(late),
      get(stream).then((response) => response.text()),
      get(late, { timeoutMs: 10_000 }).then((response) => response.text()),
      get(late, { timeoutMs: LIMIT_MS }).then((response) => response.status),
    ])
    expect(outcomes).toEqual([
      { status: 'rejected', reason: expect.any(TypeError) },
      { status: 'rejected', reason: expect.any(TypeError) },
      { status: 'fulfilled', value: 'data: first\n\ndata: last\n\n' },
      { status: 'fulfilled', value: 'data: last\n\n' },
      { status: 'fulfilled', value: 504 },
    ])
  })

  it('gives a fetch of the options no member that is not part of the standard', async () => {
    const seen: object[] = []
    const respond = async (_url: string, init: object = {}): Promise<Response> => {
      seen.push(init)
      return new Response('ok')
    }
    expect((await get('http://127.0.0.1:9/', { fetch: respond })).status).toBe(200)
    expect(seen).toHaveLength(1)
    expect(seen[0]).not.toHaveProperty('dispatcher')
  })
})

describe('silentStreams()', () => {
  const named = (name: string, seen: string[], isMockActive = false) => ({
    isMockActive,
    dispatch: () => seen.push(name) > 0,
  })

  it('lifts both limits of the host for one request without HTTP/2, and keeps its other options', () => {
    const seen: unknown[] = []
    const host = {
      dispatch: (options: object, handler: object) => seen.push(options, handler) > 0,
    }
    const handler = {}
    const { dispatcher } = silentStreams({ [PLACE]: host })
    expect(dispatcher?.dispatch({ path: '/', bodyTimeout: 5 }, handler)).toBe(true)
    const lifted = { bodyTimeout: 0, headersTimeout: 0, allowH2: false }
    expect(seen).toEqual([{ path: '/', ...lifted }, handler])
    expect(seen[1]).toBe(handler)
  })

  it('has no members where the host has no dispatcher', () => {
    expect(silentStreams({})).toEqual({})
    expect(silentStreams({ [PLACE]: { dispatch: 'no' } as never })).toEqual({})
  })

  it('takes the dispatcher for the handlers that the fetch of the host has', () => {
    const seen: string[] = []
    const places = { [PLACE]: named('old', seen), [SECOND]: named('new', seen) }
    silentStreams(places).dispatcher?.dispatch({}, { onConnect() {} })
    silentStreams(places).dispatcher?.dispatch({}, { onRequestStart() {} })
    expect(seen).toEqual(['old', 'new'])
  })

  it('takes the only dispatcher for all handlers', () => {
    const seen: string[] = []
    silentStreams({ [PLACE]: named('old', seen) }).dispatcher?.dispatch({}, { onRequestStart() {} })
    silentStreams({ [SECOND]: named('new', seen) }).dispatcher?.dispatch({}, { onConnect() {} })
    expect(seen).toEqual(['old', 'new'])
  })

  it.each([
    [PLACE, true],
    [SECOND, true],
    [PLACE, false],
  ])(
    'passes on that the dispatcher is a mock, so that it gets the body (%s, %s)',
    (place, isMock) => {
      const { dispatcher } = silentStreams({ [place]: named('mock', [], isMock) })
      expect(dispatcher?.isMockActive).toBe(isMock)
    },
  )
})
