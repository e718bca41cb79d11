/** Formats a report as text for a terminal. */

import { styleText } from 'node:util'
import { SEEN_ON, type StepUp } from '../doctor/client-behaviors.ts'
import type { ClientView } from '../doctor/client-views.ts'
import type { Report } from '../doctor/examine.ts'
import {
  CLIENTS,
  type Client,
  type DoctorFinding,
  type Level,
  type Meaning,
} from '../doctor/finding.ts'
import { printable } from '../lib/printable.ts'

/** The form of the text. */
export interface FormatOptions {
  readonly colors: boolean
  readonly columns: number
  /** Omits checks that passed. */
  readonly quiet: boolean
}

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow'

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
/** The longest label and a space. */
const LABEL_WIDTH = 12

/** Formats the whole report, with a line break at the end. */
export function formatReport(report: Report, options: FormatOptions): string {
  const styled = createStyler(options.colors)
  const lines = [`${styled('bold', 'mcp-gatehouse doctor')}  ${printable(report.url)}`]
  let heading = ''
  for (const finding of report.findings) {
    if (options.quiet && finding.level === 'pass') continue
    const next = headingOf(finding)
    if (next !== heading) {
      if (lines.at(-1) !== '') lines.push('')
      lines.push(styled('bold', next))
    }
    heading = next
    lines.push(...formatFinding(finding, options, styled))
  }
  if (lines.at(-1) !== '') lines.push('')
  if (!options.quiet) lines.push(...formatClients(report.clients ?? [], options, styled))
  return `${[...lines, formatSummary(report, styled)].join('\n')}\n`
}

/** A paragraph for the clients with the same view: what they request, and what may fail. */
function formatClients(
  views: readonly ClientView[],
  { columns }: FormatOptions,
  styled: Styler,
): string[] {
  if (views.length === 0) return []
  const groups = new Map<string, { names: string[]; view: ClientView }>()
  for (const view of views) {
    const key = [describeView(view), ...view.problems].join('\n')
    const group = groups.get(key) ?? { names: [], view }
    group.names.push(`${view.client} ${view.version}`)
    groups.set(key, group)
  }
  const paragraphs = [...groups].flatMap(([text, { names, view }]) => {
    const [mark, style] = MARKS[view.problems.length === 0 ? 'pass' : 'warning']
    const [first = '', ...rest] = wrap(names.join(', '), columns - INDENT.length)
    const lines = text
      .split('\n')
      .flatMap((line) => wrap(printable(line), columns - INDENT.length - 2))
    return [
      `  ${styled(style, mark)} ${first}`,
      ...rest.map((line) => `${INDENT}${line}`),
      ...lines.map((line) => `${INDENT}  ${line}`),
    ]
  })
  return [styled('bold', `As clients see it (versions of ${SEEN_ON})`), ...paragraphs, '']
}

const STEP_UPS: Readonly<Record<StepUp, string>> = {
  alone: 'logs in for more scopes after a 403',
  'at the next login': 'requests more scopes at the next login after a 403',
  never: 'requests no more scopes after a 403',
}

function describeView({
  scopes,
  resource,
  stepUp,
}: Pick<ClientView, 'scopes' | 'resource' | 'stepUp'>): string {
  const requested = scopes.length === 0 ? 'no scope' : scopes.join(' ')
  return `Requests ${requested} for ${resource}; ${STEP_UPS[stepUp]}.`
}

function headingOf({ area, about }: DoctorFinding): string {
  return about === undefined ? area : `${area} ${printable(about)}`
}

function formatFinding(
  { level, message, expected, received, means, remedy, docs, spec, id }: DoctorFinding,
  { columns }: FormatOptions,
  styled: Styler,
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
  const optional = (label: string, text: string | undefined) =>
    text === undefined ? [] : [field(label, printable(text))]
  return [
    ...lines,
    ...optional('Expected', expected),
    ...optional('Received', received),
    ...meaningsOf(means).map(([label, text]) => field(label, text)),
    ...optional('Fix', remedy),
    field('See', `${spec} [${id}]`),
    ...optional('Docs', docs),
    '',
  ]
}

/** One entry per distinct meaning; clients with the same meaning share an entry. */
function meaningsOf(means: Meaning | undefined): [label: string, text: string][] {
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

function formatSummary({ errors, warnings, passed, requests }: Report, styled: Styler): string {
  const parts = [
    styled(errors > 0 ? 'red' : 'green', counted(errors, 'error')),
    styled(warnings > 0 ? 'yellow' : 'green', counted(warnings, 'warning')),
    `${passed} passed`,
  ]
  return `${parts.join(', ')} ${styled('dim', `(${counted(requests, 'request')})`)}`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
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

type Styler = (style: Style, text: string) => string

function createStyler(colors: boolean): Styler {
  // The caller decides about colours: `validateStream` would look at this process's own stdout.
  return colors
    ? (style, text) => styleText(style, text, { validateStream: false })
    : (_style, text) => text
}
