/** Writes the page: ratios, with absolute figures in brackets. */

import type { Figure, RuntimeResult, Table } from './figures.ts'
import { GATEWAY } from './gateway-targets.ts'
import { checkTargets, type TargetResult } from './targets.ts'

export interface Environment {
  /** The page before this run. */
  readonly former: string
  readonly machine: string
  readonly loadGenerator: string
  readonly connections: number
}

const introduction = ({
  machine,
  loadGenerator,
  connections,
}: Environment): string => `# Performance

Measured by \`npm run bench\`, which writes this page, targets included. The subjects of a table take turns on
the same tokens, requests and machine. Garbage is collected before each attempt. A round counts the fastest of three
attempts, and a figure is the median of the rounds. The first row of a table is its unit, mostly the cost of the platform
itself. Absolute figures are of one machine
(${machine}); compare ratios.

- *Seen before* is the usual load of an MCP client, which sends the same token with every request. Each
  token is compared as a whole; those of ten thousand users do not fit into the caches of the processor.
- *Users* is one token for each user, in turn, beside jose with a local key set. [Speed and memory as users grow](scale.md)
  has the same over HTTP, by \`npm run bench -- scale\`. Workers run without the case of 100,000 users.
- *Before*, or *the release candidate*, is this library before its cache was made for many users: 10,000 places, 16 MiB.
- In a Worker, clocks stand still while code runs. The time of a batch of calls is measured from outside,
  less the time of an empty batch.
- A dash: fast-jwt and mcp-auth need modules of Node and do not run in a Worker.
- *Load* is ${connections} keep-alive connections that POST a small JSON-RPC request with one token, signed with RS256
  unless stated otherwise, from ${loadGenerator} on one core; the server has the other. A subject without a token cache verifies the
  token of each request.
- *Import* is the time of \`import()\` in a fresh process, without the start of Node. *Cold start* is the
  time from passing the script to workerd to its first response, with the start of workerd.`

const REASONS = `Why targets are missed:

- *No credentials, garbage*: the 401 has the body and header fields that clients need, and these alone cost several times
  a bare \`Response\`. Compared with a response with the same body and fields, the overhead is small.
- *A token seen before*: the lookup reads another header (\`Origin\`), reads the clock, compares the whole token and creates
  a context. On Bun and Deno a loop with only these steps costs more than the target.
- *Beside the release candidate, on Deno*: \`headers.get('authorization')\` in lower case takes 40 ns more than in another spelling where
  a request was made by \`new Request\`, as here, and 36 ns less where it comes from \`Deno.serve\`
  ([shown](../findings/deno-reads-served-fields-by-other-rules.sh)).
- *An expired token*: the token is parsed first; half of the rest is the \`Response\`.
- *A new token*: parsing it strictly, checking its claims, freezing them and creating a context takes 5 to 7 µs. fast-jwt does less,
  and verifies on the main thread. Here Node, Bun and Deno verify eight signatures in a row there (with RSA of 2,048 bits 32, and four on Deno),
  and pass the next one to other threads, which takes 10 to 22 µs more, so that a flood of bad signatures cannot stop other requests. A build that verifies all of
  them on the main thread takes 0.86 to 0.97 of the time on Node and 0.94 to 0.98 on Bun. In a Worker, and for ES256 on Deno, WebCrypto verifies
  ([how signatures are verified](decisions/0008-how-signatures-are-verified.md)).
- *A fifth of the places*: four of five tokens are verified again, for which jose and this library take the same time where WebCrypto
  verifies. The gain is the fifth that is found.
- *DPoP*: a proof is a second JWT to parse, which takes 2 µs in a Worker, and its signature and text are made bytes, which takes 1 µs. The
  rest is the decision: 4 µs on Node, spread over all steps. The digest of the token, the key of the proof and its header are cached, so only the promise of the signature
  is awaited.
- *\`protect\` on Node*: the handler gets a \`Request\` of the platform, which it may copy or pass to \`fetch\`. With five fields a
  new one takes 2.5 to 3.3 µs, mostly for the check of a long token, and a copy of the request before on its connection 1.3 µs
  in a loop. In a server, the copy with its 5 kB of garbage takes 3 to 4 of 22 µs: a build whose handler gets a view without
  it serves 1.07 to 1.09 × as many requests per second of processor time as @hono/node-server, and \`protect\` 0.88 to 0.94 ×
  (interleaved rounds over sockets, a busy machine). \`new Response\` takes 4 µs in both, and both make one read and one write for each request.
  @hono/node-server gives an object that costs less, and \`new Request(request)\` throws for it unless the global \`Request\` is
  replaced. Field names in lower case and no \`AsyncLocalStorage\` change less than the noise of the rounds (2 %).
- *\`operations\` on Node*: the body is read once, without a clone. What remains is the copy of the request, as above, and the
  decision: 3.9 µs and 7 kB of garbage more than \`protect\` without it (one process without sockets, a busy machine; 4.6 to
  5.5 µs and 9 kB when every step was an asynchronous function). Of these, decoding and parsing the message takes 0.3 µs, its
  check for members that parsers read in different ways 0.2, and the fields of the header 0.3. The rest is Node's stream and the
  promises of four steps. \`protect\` alone takes 24 µs in a server, and the target is 25.6.
- *The 99th percentile on Bun* is counted in whole milliseconds: 3 and 2 here, 2 and 2 in other runs.
- *Load*: on Bun, two more header fields and two promises are measurable. On Node \`hello\` itself is not five
  times as fast as the SDK with RS256.
- *Import*: the rest is loading our own code ([what it weighs](decisions/0007-what-it-weighs.md)).`

/** One section per table, one column per runtime. */
export function report(results: readonly RuntimeResult[], environment: Environment): string {
  const sections = titlesOf(results).map((title) => section(title, results))
  return [
    introduction(environment),
    `## Targets\n\n${targetTable(checkTargets(results), results)}\n\n${measured(new Date())}\n\n${REASONS}`,
    GATEWAY,
    ...sections,
    `${sectionOf(environment.former, 'The core entry')}\n`,
  ].join('\n\n')
}

function measured(date: Date): string {
  return `Measured on ${date.toISOString().slice(0, 10)} in one run.`
}

/** A section that was measured apart from this program. */
function sectionOf(page: string, title: string): string {
  const [, rest = ''] = page.split(`\n## ${title}\n`)
  const [section = ''] = rest.split('\n## ')
  return `## ${title}\n${section.trimEnd()}`
}

/** The titles, in the order of the first runtime with that table. */
function titlesOf(results: readonly RuntimeResult[]): string[] {
  return [...new Set(results.flatMap(({ tables }) => tables.map(({ title }) => title)))]
}

function targetTable(targets: readonly TargetResult[], results: readonly RuntimeResult[]): string {
  const rows = targets
    .map(({ title, cells }) => [title, ...results.map(({ runtime }) => cells[runtime] ?? '')])
    .filter(([, ...cells]) => cells.some((each) => each !== ''))
  return table(['', ...results.map(({ name }) => name)], rows)
}

function section(title: string, all: readonly RuntimeResult[]): string {
  const results = all.filter(({ tables }) => tables.some((each) => each.title === title))
  const tables = results.map((it) => it.tables.find((each) => each.title === title) as Table)
  const names = [...new Set(tables.flatMap(({ figures }) => figures.map(({ name }) => name)))]
  const rows = names.map((name) => [name, ...tables.map((each) => cell(each, name))])
  const best = tables.map(besideBestPeer)
  const last = best.some((ratio) => ratio !== '') ? [['*ours : best peer*', ...best]] : []
  const header = ['', ...results.map(({ name }) => name)]
  return `## ${title}\n\n${table(header, [...rows, ...last])}`
}

function cell({ figures, unit }: Table, name: string): string {
  const figure = figures.find((each) => each.name === name)
  if (figure === undefined || Number.isNaN(figure.value)) return '–'
  const value = `${amount(figure.value)} ${figure.unit ?? unit}`
  if (figure.unit !== undefined) return value
  return `${ratio(figure.value, figures[0]?.value)} (${value})`
}

function besideBestPeer({ figures, unit }: Table): string {
  const valuesOf = (role: Figure['role']): number[] =>
    figures
      .filter((each) => each.role === role && each.unit === undefined)
      .map(({ value }) => value)
  const peers = valuesOf('peer')
  const ours = valuesOf('ours')[0]
  if (ours === undefined || peers.length === 0) return ''
  // The best rate is the highest, the best time the lowest.
  return ratio(ours, unit === '/s' ? Math.max(...peers) : Math.min(...peers))
}

function ratio(value: number, unit: number | undefined): string {
  return `${(value / (unit ?? Number.NaN)).toFixed(2)} ×`
}

function amount(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en')
  return value.toFixed(value < 10 && !Number.isInteger(value) ? 2 : 0)
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, header.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}
