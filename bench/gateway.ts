/**
 * Gateways on Node, beside others: `npm run bench -- gateway`. Prints tables; `gateway-targets.ts` has the
 * figures of the page. Each gateway has one core; the server behind it and the load share the other.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { median } from './figures.ts'
import { createIssuer, type Issuer } from './fixtures.ts'
import { freePort } from './free-port.ts'
import { ask, pinned } from './load-generator.ts'

const SUBJECTS = ['node:http pipe', 'forward', 'forward, no guard', 'http-proxy-3', 'nginx']
/** Odd, so that a median is the value of one round. A multiple of the subjects, so that each is first equally often. */
const ROUNDS = 15
/** A round takes 0.2 s. How many events come in one read changes between rounds, and with it their cost by a half. */
const STREAM_ROUNDS = 45
const MEMORY_ROUNDS = 3
const SECONDS = 1
const WARM_UP_SECONDS = 2
const EVENTS = 10_000
const STREAMS = 10
const LATENCIES = 100
const PAUSE_MS = 5
const OPEN_STREAMS = 1000
/** Opened and closed before: the first token and the first streams load code. */
const WARM_UP_STREAMS = 50
/** Opened at a time: more would wait in the queue of the listening socket. */
const BATCH = 50
/** Time for the work that a process does after its last response. */
const SETTLE_MS = 300

interface Gateway {
  readonly name: string
  readonly url: string
  readonly child: ChildProcess
  /** The process that does the work: a child of it in nginx. */
  readonly pid: number
}

interface Row {
  readonly name: string
  readonly values: readonly number[]
}

/** @param directory For the fixtures and nginx. */
export async function measureGateway(directory: string): Promise<void> {
  const issuer = await createIssuer('RS256')
  const token = await issuer.token()
  const upstream = start(1, ['node', fileOf('gateway-upstream.ts')])
  const origin = `http://127.0.0.1:${await firstLine(upstream)}`
  const gateways: Gateway[] = []
  try {
    for (const name of SUBJECTS) {
      const gateway = await startGateway(name, origin, issuer, directory)
      if (gateway !== undefined) gateways.push(gateway)
    }
    for (const { url } of gateways) ask(`${url}/small`, token, WARM_UP_SECONDS)
    print(
      'Small answers',
      ['requests/s', 'p99, ms', 'CPU per request, µs'],
      await inTurn(gateways, async (gateway) => measureSmall(gateway, token)),
    )
    print(
      `Streams: ${STREAMS} at a time, ${EVENTS.toLocaleString('en')} events each`,
      ['events/s', 'CPU per event, µs'],
      await inTurn(gateways, (gateway) => measureStreams(gateway, token), STREAM_ROUNDS),
    )
    const direct = { name: 'none', url: origin, child: upstream, pid: 0 }
    print(
      `One stream, ${LATENCIES} events: from the write of the server to the client`,
      ['median, ms'],
      await inTurn([direct, ...gateways], (gateway) => measureLatency(gateway, token)),
    )
    print(
      `${OPEN_STREAMS.toLocaleString('en')} open streams, each time in a new process`,
      ['resident memory per stream, kB'],
      await inTurn(
        gateways,
        async ({ name }) => {
          const fresh = await startGateway(
            name,
            origin,
            issuer,
            mkdtempSync(join(directory, 'new-')),
          )
          if (fresh === undefined) return []
          try {
            return [await measureMemory(fresh, token)]
          } finally {
            fresh.child.kill()
          }
        },
        MEMORY_ROUNDS,
      ),
    )
  } finally {
    for (const { child } of gateways) child.kill()
    upstream.kill()
  }
}

/** The rounds of all gateways in turn, so that noise affects each of them. A value is the median of its rounds. */
async function inTurn(
  gateways: readonly Gateway[],
  measure: (gateway: Gateway) => Promise<readonly number[]>,
  count = ROUNDS,
): Promise<Row[]> {
  const rounds = gateways.map((): (readonly number[])[] => [])
  for (let round = 0; round < count; round++) {
    for (const [index, each] of orderOf(gateways, round)) rounds[index]?.push(await measure(each))
  }
  return gateways.map(({ name }, index) => {
    const all = rounds[index] ?? []
    const columns = all[0]?.map((_, column) => median(all.map((each) => each[column] ?? 0))) ?? []
    return { name, values: columns }
  })
}

/** Each gateway comes first in some round, and before and after its neighbours: the one before warms the server up. */
function orderOf(gateways: readonly Gateway[], round: number): [index: number, Gateway][] {
  const entries = [...gateways.entries()]
  const turned = [...entries, ...entries].slice(round % entries.length).slice(0, entries.length)
  return round % 2 === 0 ? turned : turned.reverse()
}

async function measureSmall({ url, pid }: Gateway, token: string): Promise<number[]> {
  const before = cpuSecondsOf(pid)
  const { perSecond, p99Milliseconds } = ask(`${url}/small`, token, SECONDS)
  const seconds = cpuSecondsOf(pid) - before
  return [perSecond, p99Milliseconds, (seconds / (perSecond * SECONDS)) * 1e6]
}

async function measureStreams({ url, pid, name }: Gateway, token: string): Promise<number[]> {
  const before = cpuSecondsOf(pid)
  const started = performance.now()
  const texts = await Promise.all(
    Array.from({ length: STREAMS }, async () =>
      readAll(await open(`${url}/events?count=${EVENTS}`, token)),
    ),
  )
  const seconds = (performance.now() - started) / 1000
  for (const text of texts) {
    const count = text.match(/^id: \d+$/gm)?.length
    if (count !== EVENTS) throw new Error(`${name} passed on ${count} of ${EVENTS} events`)
  }
  const events = STREAMS * EVENTS
  return [events / seconds, ((cpuSecondsOf(pid) - before) / events) * 1e6]
}

async function measureLatency({ url }: Gateway, token: string): Promise<number[]> {
  const path = `${url}/events?count=${LATENCIES}&pauseMs=${PAUSE_MS}`
  const response = await open(path, token)
  const milliseconds: number[] = []
  response.on('data', (chunk: Buffer) => {
    const now = process.hrtime.bigint()
    const written = /data: (\d+)/.exec(chunk.toString())?.[1]
    if (written !== undefined) milliseconds.push(Number(now - BigInt(written)) / 1e6)
  })
  await once(response, 'end')
  return [median(milliseconds)]
}

/** The memory that the process holds in addition while the streams are open. */
async function measureMemory({ url, pid }: Gateway, token: string): Promise<number> {
  const openAll = async (count: number): Promise<IncomingMessage[]> => {
    const streams: IncomingMessage[] = []
    while (streams.length < count) {
      const batch = Array.from({ length: BATCH }, () => open(`${url}/events?count=0`, token))
      streams.push(...(await Promise.all(batch)))
    }
    return streams
  }
  for (const stream of await openAll(WARM_UP_STREAMS)) stream.destroy()
  await setTimeout(SETTLE_MS)
  const before = residentKilobytesOf(pid)
  const streams = await openAll(OPEN_STREAMS)
  await setTimeout(SETTLE_MS)
  const grown = residentKilobytesOf(pid) - before
  for (const stream of streams) stream.destroy()
  return grown / OPEN_STREAMS
}

async function open(url: string, token: string): Promise<IncomingMessage> {
  const headers = { Authorization: `Bearer ${token}`, Host: 'rs.example' }
  const asking = request(url, { headers, agent: false }).end()
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  response.on('error', () => {})
  if (response.statusCode !== 200) throw new Error(`${url} responds with ${response.statusCode}`)
  return response
}

async function readAll(message: IncomingMessage): Promise<string> {
  return Buffer.concat(await message.toArray()).toString()
}

async function startGateway(
  name: string,
  upstream: string,
  { jwk }: Issuer,
  directory: string,
): Promise<Gateway | undefined> {
  if (name === 'nginx') return startNginx(upstream, directory)
  const path = join(directory, 'gateway-fixtures.json')
  writeFileSync(path, JSON.stringify({ keys: { RS256: jwk } }))
  const child = start(0, ['node', fileOf('gateway-server.ts'), name, upstream, path])
  const url = `http://127.0.0.1:${await firstLine(child)}/mcp`
  return { name, url, child, pid: child.pid ?? 0 }
}

/** One worker, without buffers for responses; `undefined` where nginx is not installed. */
async function startNginx(upstream: string, directory: string): Promise<Gateway | undefined> {
  if (spawnSync('nginx', ['-v']).error !== undefined) return undefined
  const port = await freePort()
  const prefix = join(directory, 'nginx')
  mkdirSync(prefix)
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  writeFileSync(
    join(prefix, 'nginx.conf'),
    `daemon off; master_process off; pid ${prefix}/pid; error_log ${prefix}/error.log;
events { worker_connections 4096; }
http {
  access_log off;
  ${paths.map((each) => `${each}_temp_path ${prefix}/${each};`).join(' ')}
  upstream server { server ${new URL(upstream).host}; keepalive 64; }
  server {
    listen 127.0.0.1:${port};
    location /mcp/ {
      proxy_pass http://server/;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }
}`,
  )
  const child = start(0, ['nginx', '-p', prefix, '-c', `${prefix}/nginx.conf`])
  const url = `http://127.0.0.1:${port}/mcp`
  while (await fetch(`${url}/small`).then(discard, () => true)) {
    await setTimeout(50)
  }
  return { name: 'nginx', url, child, pid: child.pid ?? 0 }
}

async function discard(response: Response): Promise<false> {
  await response.text()
  return false
}

/** `taskset` replaces itself by the command, so the process is the child. */
function start(core: number, command: readonly string[]): ChildProcess {
  const [program, ...argv] = pinned(core, command)
  return spawn(program, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  const [line] = await once(createInterface({ input: stdout as NodeJS.ReadableStream }), 'line')
  return String(line)
}

function fileOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}

/** Processor time of all threads. The kernel counts it in nanoseconds. */
function cpuSecondsOf(pid: number): number {
  if (pid === 0) return 0
  const threads = readdirSync(`/proc/${pid}/task`)
  const times = threads.map((each) => readFileSync(`/proc/${pid}/task/${each}/schedstat`, 'utf8'))
  return times.reduce((sum, each) => sum + Number(each.split(' ')[0]) / 1e9, 0)
}

function residentKilobytesOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}

function print(title: string, columns: readonly string[], rows: readonly Row[]): void {
  const cells = rows.map(({ name, values }) => [name, ...values.map(figure)])
  const lines = [['', ...columns], ['---', ...columns.map(() => '---')], ...cells]
  console.log(`\n## ${title}\n\n${lines.map((each) => `| ${each.join(' | ')} |`).join('\n')}`)
}

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2)
}
