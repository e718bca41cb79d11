/** From figures to a page: ratios for people, microseconds for those who want to see them too. */

import type { Table } from './main.ts'

export interface RuntimeResult {
  readonly name: string
  readonly tables: readonly Table[]
}

const INTRODUCTION = `# Performance

Measured by \`npm run bench\`, which writes this page. Every table is one run: all who are compared take
turns on the same token, the same requests and the same machine, and the median of five rounds counts.
The first line of a table is its unit: what the platform itself charges. Absolute figures are of this
machine; compare ratios.

"Seen before" is what an MCP client causes, who sends the same token with every request. Ten thousand
different ones are more than the default cache holds in its 16 MiB, so that most of them are verified anew.`

/** One table per question, one column per runtime. */
export function report(results: readonly RuntimeResult[], machine: string): string {
  const [first] = results
  const tables = (first?.tables ?? []).map((table, index) => section(table, index, results))
  return [INTRODUCTION, `Machine: ${machine}.`, ...tables, ''].join('\n\n')
}

function section(table: Table, index: number, results: readonly RuntimeResult[]): string {
  const rows = table.figures.map(({ name }, row) => [
    name,
    ...results.map(({ tables }) => cell(tables[index], row)),
  ])
  const header = ['', ...results.map(({ name }) => name)]
  const lines = [header, header.map(() => '---'), ...rows].map(
    (cells) => `| ${cells.join(' | ')} |`,
  )
  return `## ${table.title}\n\n${lines.join('\n')}`
}

function cell(table: Table | undefined, row: number): string {
  const unit = table?.figures[0]?.microseconds ?? Number.NaN
  const figure = table?.figures[row]?.microseconds ?? Number.NaN
  return `${(figure / unit).toFixed(2)} × (${figure.toFixed(figure < 10 ? 2 : 0)} µs)`
}
