/** The section of docs/clients.md that `npm run clients -- --page` writes. Pure. */

import type { IssuerName } from './issuers.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import type { Run } from './run-client.ts'

const START = '<!-- npm run clients: start -->'
const END = '<!-- npm run clients: end -->'

const LOGIN_HEAD = [
  ...['Client', 'Version', 'Run on', 'Logs in: demo', 'development issuer'],
  ...['Asks for the scopes of', '`offline_access`', 'Registration'],
]
const LATER_HEAD = ['Client', 'Version', '403', '401', '503']

/** The rows of both tables, by client. */
export interface Rows {
  readonly login: ReadonlyMap<string, string>
  readonly later: ReadonlyMap<string, string>
}

/** @param runs of any clients, each at both issuers */
export function buildRows(runs: readonly Run[], date: string): Rows {
  const login = new Map<string, string>()
  const later = new Map<string, string>()
  for (const [client, own] of Map.groupBy(runs, (run) => run.client)) {
    const outcomes = own.map(({ issuer, observation }) => [issuer, outcomeOf(observation)] as const)
    const version = own[0]?.version ?? ''
    const both = (read: (outcome: Outcome) => string): string => combine(outcomes, read)
    const logsIn = outcomes.map(([, outcome]) => (outcome.logsIn ? 'yes' : '**no**'))
    const isOffline = outcomes.some(([, outcome]) => outcome.offlineAccess)
    const asks = [both((it) => it.asksFor), isOffline ? 'where listed' : 'no']
    login.set(
      client,
      row([client, version, date, ...logsIn, ...asks, both((it) => it.registration)]),
    )
    const answers = [both((it) => it.stepUp), both((it) => it.expired), both((it) => it.outage)]
    later.set(client, row([client, version, ...answers]))
  }
  return { login, later }
}

/** The page with these rows in the place of older ones of the same clients. */
export function updatePage(page: string, rows: Rows): string {
  const [before = '', rest = ''] = page.split(`${START}\n`)
  const [section = '', after = ''] = rest.split(`${END}\n`)
  const [oldLogin = '', oldLater = ''] = section.split('\n\n')
  const tables = [
    table(LOGIN_HEAD, merge(oldLogin, rows.login)),
    table(LATER_HEAD, merge(oldLater, rows.later)),
  ]
  return `${before}${START}\n${tables.join('\n\n')}\n${END}\n${after}`
}

/** The rows that the page does not have, apart from their date. */
export function changesOf(page: string, { login, later }: Rows): readonly string[] {
  const known = new Set(page.split('\n').map(withoutDate))
  return [...login.values(), ...later.values()].filter((each) => !known.has(withoutDate(each)))
}

function withoutDate(line: string): string {
  return line.replace(/ \d{4}-\d\d-\d\d \|/, '')
}

function merge(old: string, rows: ReadonlyMap<string, string>): readonly string[] {
  const lines = old.trim().split('\n').slice(2)
  const kept = new Map(lines.map((line) => [line.split(' | ')[0]?.slice(2) ?? '', line]))
  for (const [client, line] of rows) kept.set(client, line)
  return [...kept.values()]
}

function combine(
  outcomes: readonly (readonly [IssuerName, Outcome])[],
  read: (outcome: Outcome) => string,
): string {
  const texts = new Set(outcomes.map(([, outcome]) => read(outcome)))
  if (texts.size === 1) return [...texts].join('')
  return outcomes.map(([issuer, outcome]) => `${issuer}: ${read(outcome)}`).join('<br>')
}

function table(head: readonly string[], rows: readonly string[]): string {
  return [row(head), row(head.map(() => '---')), ...rows].join('\n')
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
