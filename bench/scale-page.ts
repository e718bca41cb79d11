/** The page about users and processes: its tables and its targets. */

import type { DpopResult } from './dpop-redis.ts'
import { verdictOn } from './targets.ts'

/** One subject with so many users and processes. */
export interface Measured {
  readonly name: string
  readonly users: number
  readonly processes: number
  readonly perSecond: number
  /** Requests per second of the processor time of all servers. Other load hardly changes it. */
  readonly perCpuSecond: number
  readonly p99Milliseconds: number
  /** Resident memory of one process. */
  readonly mebibytes: number
}

interface Setup {
  readonly users: readonly number[]
  readonly processes: readonly number[]
  readonly subjects: readonly string[]
  readonly cores: number
  readonly machine: string
}

const JOSE = 'jose jwtVerify'
const PROTECT = 'mcp-gatehouse'
const SMALL_PROTECT = 'mcp-gatehouse, 20,000 places'
const MIDDLEWARE = 'mcp-gatehouse, as middleware'
const SMALL = 'mcp-gatehouse, as middleware, 20,000 places'

interface Target {
  readonly title: string
  readonly isAtMost?: true
  readonly limit: number
  readonly ratio: (of: Of) => number
}

type Member = 'perCpuSecond' | 'p99Milliseconds' | 'mebibytes'
type Of = (name: string, users: number, member: Member) => number

const UP_TO_50_000 = [1000, 10_000, 50_000]

const TARGETS: readonly Target[] = [
  {
    title: 'the middleware beside jose, up to 50,000 users: the least',
    limit: 3,
    ratio: (of) => least(UP_TO_50_000, (users) => rates(of, MIDDLEWARE, JOSE, users)),
  },
  {
    title: '`protect` beside jose, up to 50,000 users: the least',
    limit: 1.5,
    ratio: (of) => least(UP_TO_50_000, (users) => rates(of, PROTECT, JOSE, users)),
  },
  {
    title: 'the middleware beside jose, 100,000 users, 20,000 places',
    limit: 0.95,
    ratio: (of) => rates(of, SMALL, JOSE, 100_000),
  },
  {
    title: '`protect` beside jose, 100,000 users, 20,000 places',
    limit: 0.9,
    ratio: (of) => rates(of, SMALL_PROTECT, JOSE, 100_000),
  },
  {
    title: 'the middleware beside `hello`, 1,000 users',
    limit: 0.85,
    ratio: (of) => rates(of, MIDDLEWARE, 'hello', 1000),
  },
  {
    title: 'the 99th percentile of the middleware beside that of `hello`, 1,000 users',
    isAtMost: true,
    limit: 1.3,
    ratio: (of) => of(MIDDLEWARE, 1000, 'p99Milliseconds') / of('hello', 1000, 'p99Milliseconds'),
  },
  {
    title: 'resident memory of the middleware beside that of jose, 1,000 users',
    isAtMost: true,
    limit: 1.15,
    ratio: (of) => of(MIDDLEWARE, 1000, 'mebibytes') / of(JOSE, 1000, 'mebibytes'),
  },
  {
    title: 'MiB of resident memory of the middleware more than of `hello`, 50,000 users',
    isAtMost: true,
    limit: 80,
    ratio: (of) => of(MIDDLEWARE, 50_000, 'mebibytes') - of('hello', 50_000, 'mebibytes'),
  },
]

function rates(of: Of, one: string, other: string, users: number): number {
  return of(one, users, 'perCpuSecond') / of(other, users, 'perCpuSecond')
}

function least(all: readonly number[], of: (users: number) => number): number {
  return Math.min(...all.map(of))
}

export function scalePage(measured: readonly Measured[], setup: Setup): string {
  const { users, processes, subjects, cores, machine } = setup
  const find = (name: string, ofUsers: number, ofProcesses: number): Measured | undefined =>
    measured.find(
      (each) => each.name === name && each.users === ofUsers && each.processes === ofProcesses,
    )
  const byUsers = (format: (each: Measured) => string): string =>
    table(
      ['users', ...users.map((count) => count.toLocaleString('en'))],
      subjects.map((name) => [name, ...users.map((count) => cell(find(name, count, 1), format))]),
    )
  const byProcesses = (format: (each: Measured) => string): string =>
    table(
      ['processes', ...processes.map(String)],
      subjects.map((name) => [
        name,
        ...processes.map((count) => cell(find(name, 1000, count), format)),
      ]),
    )
  const of: Of = (name, count, member) => find(name, count, 1)?.[member] ?? Number.NaN
  const rate = (each: Measured): string => Math.round(each.perCpuSecond).toLocaleString('en')
  return `# Speed and memory as users grow

Written by \`npm run bench -- scale\` on ${machine}. Compare ratios: absolute figures are of this machine.
Each user has a token of its own (ES256), and the tokens come in turn, over 50 keep-alive connections. The
unit is requests per second of the servers' processor time, which other load on the machine hardly changes;
a figure is the median of three rounds in which all subjects take turns. jose and the MCP SDK verify every
request. fast-jwt has a cache of 200,000 entries; ours has its default, 65,536 tokens and 64 MiB, or 20,000 tokens
("20,000 places").

${limitsOf(processes, cores)}

![Requests by users](scale-users.svg)

## Targets

${table(
  ['', 'ratio'],
  TARGETS.map(({ title, isAtMost, limit, ratio }) => {
    return [title, verdictOn(ratio(of), isAtMost ? { atMost: limit } : { atLeast: limit })]
  }),
)}

Resident memory is mostly that of V8's young generation, which doubles when more bytes than its size have survived its
collections. With 50,000 users, 34 MB survive as cached tokens, each of which survives two collections, and 15 MB (with jose 7)
in requests whose signatures are being verified. Measured alone on 2026-11-28 with 50,000 users, after three rounds of two seconds,
in MiB:

| | resident | young generation | the middleware beside \`hello\` |
| --- | --- | --- | --- |
| \`hello\` | 117 | 15 | |
| jose | 137 | 27 | |
| the middleware | 262 | 105 | + 145 (the target is 80) |
| \`hello\`, \`--max-semi-space-size=16\` | 113 | 15 | |
| the middleware, \`--max-semi-space-size=16\` | 185 | 30 | + 72 |
| \`hello\`, \`--min-semi-space-size=64\` | 209 | 104 | |
| the middleware, \`--min-semi-space-size=64\` | 279 | 105 | + 70 |

So with young generations of one size the middleware takes 70 MiB more: 18 in objects, 22 in buffers, and garbage that is not yet
collected. The young generation of every server grows with the requests that it has answered; the cache makes it grow earlier.
\`node --max-semi-space-size=16\` bounds it.

## Requests per second of processor time, one process

${byUsers(rate)}

## Requests per second, one process

${byUsers((each) => Math.round(each.perSecond).toLocaleString('en'))}

## 99th percentile, one process

${byUsers((each) => `${each.p99Milliseconds.toFixed(1)} ms`)}

## Resident memory, one process

${byUsers((each) => `${Math.round(each.mebibytes)} MiB`)}

## Requests per second, 1,000 users, by processes

${byProcesses((each) => Math.round(each.perSecond).toLocaleString('en'))}

## Requests per second of processor time, 1,000 users, by processes

${byProcesses(rate)}

![Requests by processes](scale-processes.svg)
`
}

/** @param results By processes; empty without `redis-server`. */
export function dpopSection(results: readonly DpopResult[]): string {
  const count = (value: number): string => Math.round(value).toLocaleString('en')
  const rows = results.map((each) => [
    count(each.processes),
    count(each.perSecond * 2),
    count(each.perCpuSecond),
    count(each.acceptedOnce),
    count(each.acceptedTwice),
    count(each.neverAccepted),
  ])
  const header = ['processes', 'requests per second', 'per second of processor time']
  return `## DPoP with Redis

Processes on Node share a replay store in Redis. Each of 20,000 proofs is sent twice at the same time, to
two processes where there are two, and has to be accepted once. One key signs all proofs.

${
  results.length === 0
    ? 'Not measured: `redis-server` is not installed.'
    : table([...header, 'accepted once', 'accepted twice', 'never accepted'], rows)
}

${sharingOf(results)}
`
}

/** How many times as much all processes do as one. Redis and the load generator need cores of their own. */
function sharingOf(results: readonly DpopResult[]): string {
  const [one, most] = [results[0], results.at(-1)]
  if (one === undefined || most === undefined || one === most) return ''
  const limit = { atLeast: most.processes >= 8 ? 6 : (1.6 / 2) * most.processes }
  return `Requests per second of ${most.processes} processes beside one: ${verdictOn(most.perSecond / one.perSecond, limit)};
per second of processor time: ${(most.perCpuSecond / one.perCpuSecond).toFixed(2)}. Redis and the load generator share the cores
with the processes.`
}

/** The sentence about figures that this machine cannot show. */
function limitsOf(processes: readonly number[], cores: number): string {
  const most = processes.at(-1) ?? 1
  return `The load generator needs a core for each process. With ${cores} cores, ${most} processes share their cores with
it, so requests per second do not show what ${most} processes reach alone; more processes were not started.`
}

function cell(found: Measured | undefined, format: (each: Measured) => string): string {
  return found === undefined ? '–' : format(found)
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, header.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}
