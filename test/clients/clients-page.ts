/** The section of docs/clients.md that `npm run clients -- --page` writes. Pure. */

import type { IssuerName } from './issuers.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import type { Run } from './run-client.ts'
import { type SituationOutcome, situationOutcomeOf } from './situation-outcome.ts'
import type { SituationName } from './steps.ts'

const START = '<!-- npm run clients: start -->'
const END = '<!-- npm run clients: end -->'

/** The headings of the tables, in their order. */
const TITLES = [
  'Logins of the last run',
  '403, 401 and 503',
  'Sessions, parallel calls and moves',
  'Step-up, opaque and bound tokens',
]
const LOGIN_HEAD = [
  ...['Client', 'Version', 'Run on', 'Logs in: demo', 'development issuer'],
  ...['Requests the scopes of', '`offline_access`', 'Registration'],
]
const LATER_HEAD = ['Client', 'Version', '403', '401', '503']
const SITUATION_HEAD = [
  ...['Client', 'Version', 'Client ID metadata document', '404 for its session'],
  ...['Three calls at once, 401', 'Another authorization server', 'After a new login'],
]
const TOKEN_HEAD = [
  ...['Client', 'Version', '403, then a new login', 'Opaque token', 'at its end', 'DPoP required'],
  '`resource` of an origin',
]
/** The situations of the last table; all others are in the one before it. */
const TOKEN_SITUATIONS: readonly SituationName[] = ['step-up', 'opaque', 'dpop', 'origin']

/** The rows of the tables, by client. */
export interface Rows {
  readonly login: ReadonlyMap<string, string>
  readonly later: ReadonlyMap<string, string>
  readonly situations: ReadonlyMap<string, string>
  readonly tokens: ReadonlyMap<string, string>
}

/** @param runs of any clients, each in all situations, or in those that a table needs */
export function buildRows(runs: readonly Run[], date: string): Rows {
  const isLater = ({ situation }: Run): boolean => situation === 'later requests'
  const isOfTokens = ({ situation }: Run): boolean => TOKEN_SITUATIONS.includes(situation)
  return {
    ...buildFirstRows(runs.filter(isLater), date),
    situations: buildSituationRows(
      runs.filter((run) => !isLater(run) && !isOfTokens(run)),
      ({ document, session, parallel, move, again }) => [document, session, parallel, move, again],
    ),
    tokens: buildSituationRows(
      runs.filter(isOfTokens),
      ({ newScopes, opaque, opaqueEnd, dpop, resource }) => [
        newScopes,
        opaque,
        opaqueEnd,
        dpop,
        resource,
      ],
    ),
  }
}

function buildSituationRows(
  runs: readonly Run[],
  cellsOf: (outcome: SituationOutcome) => readonly string[],
): ReadonlyMap<string, string> {
  const rows = new Map<string, string>()
  for (const [client, own] of Map.groupBy(runs, (run) => run.client)) {
    const outcome = situationOutcomeOf(
      Object.fromEntries(own.map(({ situation, observation }) => [situation, observation])),
    )
    rows.set(client, row([client, own[0]?.version ?? '', ...cellsOf(outcome)]))
  }
  return rows
}

function buildFirstRows(runs: readonly Run[], date: string): Pick<Rows, 'login' | 'later'> {
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
  const [, oldLogin = '', oldLater = '', oldSituations = '', oldTokens = ''] =
    section.split(/^### .*\n\n/m)
  const tables = [
    table(LOGIN_HEAD, merge(oldLogin, rows.login)),
    table(LATER_HEAD, merge(oldLater, rows.later)),
    table(SITUATION_HEAD, merge(oldSituations, rows.situations)),
    table(TOKEN_HEAD, merge(oldTokens, rows.tokens)),
  ]
  const sections = tables.map((each, index) => `### ${TITLES[index]}\n\n${each}\n`)
  return `${before}${START}\n${sections.join('\n')}${END}\n${after}`
}

/** The rows that the page does not have, apart from their date. */
export function changesOf(
  page: string,
  { login, later, situations, tokens }: Rows,
): readonly string[] {
  const known = new Set(page.split('\n').map(withoutDate))
  return [login, later, situations, tokens]
    .flatMap((table) => [...table.values()])
    .filter((each) => !known.has(withoutDate(each)))
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
