/** The report as text, for a person at a terminal. */

import type { Report } from './doctor.ts'
import {
  CLIENTS,
  type Client,
  type DoctorFinding,
  type Level,
  type Meaning,
  printable,
} from './finding.ts'

/** How to write. */
export interface PrintOptions {
  readonly colours: boolean
  readonly columns: number
  /** Leaves out what is as it should be. */
  readonly quiet: boolean
}

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow'

const CODES: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 }
const MARKS: Readonly<Record<Level, readonly [mark: string, style: Style]>> = {
  pass: ['✓', 'green'],
  warning: ['!', 'yellow'],
  error: ['✗', 'red'],
}
const NAMES: Readonly<Record<Client, string>> = {
  claude: 'Claude',
  chatgpt: 'ChatGPT',
  vscode: 'VS Code',
  browser: 'In browsers',
}
const INDENT = '    '
/** As wide as the longest label, and a space. */
const LABEL_WIDTH = 12

/** Writes the whole report, ending with a line break. */
export function formatReport(report: Report, options: PrintOptions): string {
  const styled = stylist(options.colours)
  const lines = [`${styled('bold', 'mcp-gatehouse doctor')}  ${printable(report.url)}`]
  let heading = ''
  for (const finding of report.findings) {
    if (options.quiet && finding.level === 'pass') continue
    const wanted = headingOf(finding)
    if (wanted !== heading) {
      if (lines.at(-1) !== '') lines.push('')
      lines.push(styled('bold', wanted))
    }
    heading = wanted
    lines.push(...formatFinding(finding, options, styled))
  }
  if (lines.at(-1) !== '') lines.push('')
  return `${[...lines, formatSummary(report, styled)].join('\n')}\n`
}

function headingOf({ area, about }: DoctorFinding): string {
  return about === undefined ? area : `${area} ${printable(about)}`
}

function formatFinding(
  { level, message, means, remedy, spec, id }: DoctorFinding,
  { columns }: PrintOptions,
  styled: Stylist,
): string[] {
  const [mark, style] = MARKS[level]
  const [first = '', ...rest] = wrap(printable(message), columns - INDENT.length)
  const lines = [`  ${styled(style, mark)} ${first}`, ...rest.map((line) => `${INDENT}${line}`)]
  if (level === 'pass') return lines
  const field = (label: string, text: string) => {
    const [head = '', ...tail] = wrap(text, columns - INDENT.length - LABEL_WIDTH)
    const margin = `\n${INDENT}${' '.repeat(LABEL_WIDTH)}`
    return `${INDENT}${styled('dim', label.padEnd(LABEL_WIDTH))}${[head, ...tail].join(margin)}`
  }
  return [
    ...lines,
    ...meaningsOf(means).map(([who, text]) => field(who, text)),
    ...(remedy === undefined ? [] : [field('Mend', remedy)]),
    field('See', `${spec} [${id}]`),
    '',
  ]
}

/** Clients that fare alike are told together. */
function meaningsOf(means: Meaning | undefined): [who: string, text: string][] {
  if (means === undefined) return []
  const groups = new Map<string, Client[]>()
  for (const client of CLIENTS) {
    groups.set(means[client], [...(groups.get(means[client]) ?? []), client])
  }
  if (groups.size === 1) return [['All clients', means.claude]]
  return [...groups].flatMap(([text, clients]) =>
    clients.length > 1 ? [['Others', text]] : [[NAMES[clients[0] ?? 'browser'], text]],
  )
}

function formatSummary({ errors, warnings, passed, requests }: Report, styled: Stylist): string {
  const parts = [
    styled(errors > 0 ? 'red' : 'green', counted(errors, 'error')),
    styled(warnings > 0 ? 'yellow' : 'green', counted(warnings, 'warning')),
    `${passed} passed`,
  ]
  return `${parts.join(', ')} ${styled('dim', `(${counted(requests, 'request')})`)}`
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}

type Stylist = (style: Style, text: string) => string

function stylist(colours: boolean): Stylist {
  return colours
    ? (style, text) => `\u001b[${CODES[style]}m${text}\u001b[0m`
    : (_style, text) => text
}
