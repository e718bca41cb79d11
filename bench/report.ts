/** From figures to a page: ratios for people, absolute figures for those who want to see them too. */

import type { Figure, RuntimeResult, Table } from './figures.ts'
import { judgeTargets, type Verdict } from './targets.ts'

export interface Surroundings {
  readonly machine: string
  readonly loadGenerator: string
  readonly connections: number
}

const introduction = ({
  machine,
  loadGenerator,
  connections,
}: Surroundings): string => `# Performance

Measured by \`npm run bench\`, which writes this page, verdicts included. All who are compared in a table
take turns on the same tokens, the same requests and the same machine; a round counts the quickest of
three attempts, and a figure is the median of its rounds. The first line of a table is its unit: what the platform itself charges. Absolute figures are of
this machine (${machine}); compare ratios.

- *Seen before* is what an MCP client causes, who sends the same token with every request. Ten thousand
  different ones are more than the default cache holds in its 16 MiB, so that some are verified anew.
- In a Worker clocks stand still. There the time of a batch of calls is taken from outside, less that of
  an empty batch.
- A dash: fast-jwt and mcp-auth load Node's own modules and do not run in a Worker.
- *Load* is ${connections} connections kept alive that POST a small JSON-RPC request with one token, RS256 where nothing else
  is said, from ${loadGenerator} on one core; the server has the other. Who remembers no token verifies it for each answer.
- *Import* is the time of \`import()\` in a fresh process, Node's own start not counted. *Cold start* is
  from handing the script to workerd to its first answer, the start of workerd included.`

const REASONS = `Where a target is missed:

- *No credentials, garbage*: the refusal has the body and the header fields that clients need, and with these alone a
  runtime charges several times a bare \`Response\`. Beside one with the same body and fields we are a step away.
- *A token seen before*: besides the header it takes another one (\`Origin\`), the clock, a comparison of the whole token and
  a new context. On Bun and Deno a bare loop of just these costs more than the target.
- *An expired token*: it is taken apart before anything is known of it; half of the rest is the \`Response\`.
- *DPoP*: a proof is another JWT to take apart. Node spends most of the difference waiting for its thread pool.
- *Load*: Bun answers so fast that two more header fields and two promises show. On Node \`hello\` itself is not five
  times as fast as the SDK with RS256.
- *Import*: what is left is reading our own code ([what it weighs](decisions/0007-what-it-weighs.md)).`

/** One table per question, one column per runtime. */
export function report(results: readonly RuntimeResult[], surroundings: Surroundings): string {
  const sections = titlesOf(results).map((title) => section(title, results))
  return [
    introduction(surroundings),
    `## Targets\n\n${verdictTable(judgeTargets(results), results)}\n\n${REASONS}`,
    ...sections,
    '',
  ].join('\n\n')
}

/** In the order of the first runtime that has them. */
function titlesOf(results: readonly RuntimeResult[]): string[] {
  return [...new Set(results.flatMap(({ tables }) => tables.map(({ title }) => title)))]
}

function verdictTable(verdicts: readonly Verdict[], results: readonly RuntimeResult[]): string {
  const rows = verdicts
    .map(({ says, cells }) => [says, ...results.map(({ runtime }) => cells[runtime] ?? '')])
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
  // Of rates the highest is best, of times the lowest.
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
