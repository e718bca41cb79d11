/** The meaning of the runs in the situations, in the words of docs/clients.md. Pure. */

import { DOCUMENT_URL, isDocumentUrl } from './documents.ts'
import type { Observation, StepFacts } from './observe.ts'
import { absenceOf, deleted, inWords, listed, ownScopes } from './outcome.ts'
import { SECOND_LOGIN, type SituationName } from './steps.ts'

/** What each situation is about, and where the client gets its client id. */
export type SituationOutcome = Readonly<Record<keyof typeof READERS, string>>

type Reader = (observation: Observation) => string

const READERS = {
  document: ['session', documentOf],
  session: ['session', ({ steps }) => endedSessionOf(steps['ended'], steps['after'])],
  parallel: ['parallel', ({ steps }) => callsAtOnceOf(steps['at once'], steps['after'])],
  move: ['move', ({ steps }) => moveOf(steps['moved'])],
  again: ['move', ({ steps }) => secondLoginOf(steps[SECOND_LOGIN], steps['again'])],
  newScopes: [
    'step-up',
    ({ steps }) =>
      deleted(steps['step-up'])
        ? 'not met: the call had worked'
        : newScopesOf(steps[SECOND_LOGIN], steps['again']),
  ],
  opaque: ['opaque', ({ steps }) => (listed(steps['use']) ? 'works' : 'error')],
  opaqueEnd: ['opaque', ({ steps }) => inWords(steps['expired'], listed(steps['expired']))],
  dpop: ['dpop', ({ steps }) => boundOf(steps)],
  resource: ['origin', ({ steps }) => slashOf(steps)],
} satisfies Readonly<Record<string, readonly [SituationName, Reader]>>

export function situationOutcomeOf(
  observations: Readonly<Partial<Record<SituationName, Observation>>>,
): SituationOutcome {
  return Object.fromEntries(
    Object.entries(READERS).map(([name, [situation, read]]) => {
      const observation = observations[situation]
      return [name, observation === undefined ? 'not run' : read(observation)]
    }),
  ) as SituationOutcome
}

function documentOf({ steps }: Observation): string {
  const [id] = Object.values(steps).flatMap(({ clientIds }) => clientIds)
  if (id === undefined) return 'no login'
  if (!isDocumentUrl(id)) return 'registers instead'
  return id === DOCUMENT_URL ? 'uses the one it is given' : 'uses its own'
}

function endedSessionOf(ended: StepFacts | undefined, after: StepFacts | undefined): string {
  if (ended === undefined || ended.calls.length === 0) return absenceOf(ended)
  if (count(ended, /^POST .* 404 /) === 0) return 'not met: each call begins a session'
  const login = ended.logins.length > 0 ? 'requests a login; ' : ''
  if (!listed(ended)) return `${login}error; the next call ${listed(after) ? 'works' : 'fails'}`
  return `${login}begins another session; the call works`
}

function callsAtOnceOf(atOnce: StepFacts | undefined, after: StepFacts | undefined): string {
  if (atOnce === undefined || atOnce.calls.length === 0) return absenceOf(atOnce)
  const rejected = count(atOnce, /^POST tools\/call 401 /)
  const worked = Math.min(3, count(atOnce, /^POST tools\/call 200 /))
  return [
    rejected === 1 && worked > 0 ? 'sends one after the other' : '',
    atOnce.registrations > 0 ? 'registers again' : '',
    refreshesOf(atOnce.refreshes),
    atOnce.logins.length > 0 ? 'requests a login' : '',
    worked === 3 ? 'all calls work' : `${worked} of 3 calls work`,
    listed(after) ? '' : 'the next call fails',
  ]
    .filter((each) => each !== '')
    .join('; ')
}

function refreshesOf(statuses: readonly number[]): string {
  if (statuses.length === 0) return 'no refresh'
  if (statuses.length === 1) return statuses[0] === 200 ? 'one refresh' : 'one refresh, rejected'
  const accepted = statuses.filter((status) => status === 200).length
  return `${statuses.length} refreshes, ${accepted} accepted`
}

function moveOf(facts: StepFacts | undefined): string {
  if (facts === undefined || facts.calls.length === 0) return absenceOf(facts)
  return [
    refreshAtMoveOf(facts.refreshes),
    ...loginsOf(facts),
    listed(facts) ? 'the call works' : 'error',
  ]
    .filter((each) => each !== '')
    .join('; ')
}

function refreshAtMoveOf(statuses: readonly number[]): string {
  if (statuses.includes(200)) return 'refreshes at the old one'
  return statuses.length > 0 ? 'tries to refresh' : ''
}

function secondLoginOf(login: StepFacts | undefined, again: StepFacts | undefined): string {
  const both = [login, again].filter((each) => each !== undefined)
  if (both.every(({ calls, logins }) => calls.length + logins.length === 0)) return 'not met'
  const logins = [...new Set(both.flatMap(loginsOf))]
  return [...logins, listed(again) ? 'the call works' : 'error'].join('; ')
}

function newScopesOf(login: StepFacts | undefined, again: StepFacts | undefined): string {
  const both = [login, again].filter((each) => each !== undefined)
  if (both.every(({ calls, logins }) => calls.length + logins.length === 0)) return 'not met'
  const [asked] = both.flatMap(({ logins }) => logins).slice(-1)
  const refreshes = both.flatMap((each) => each.refreshes)
  return [
    asked === undefined ? 'no login' : `requests \`${ownScopes(asked)}\``,
    ...(asked === undefined && refreshes.includes(200) ? ['refreshes'] : []),
    deleted(again) ? 'the call works' : 'error',
  ].join('; ')
}

function boundOf(steps: Observation['steps']): string {
  if (listed(steps['use'])) return 'works'
  const logins = Object.values(steps).flatMap((each) => each.logins).length
  if (logins === 0) return 'no login; error'
  return logins === 1 ? 'one login; error' : `${logins} logins; error`
}

/** Clients disagree about the slash of `https://api.example.com`. */
function slashOf(steps: Observation['steps']): string {
  const [resource] = Object.values(steps).flatMap((each) => each.resources)
  if (resource === undefined) return 'no login'
  return resource.endsWith('/') ? 'adds a slash' : 'as published'
}

function loginsOf({ logins, loginsAtNext }: StepFacts): readonly string[] {
  return [
    ...(logins.length > loginsAtNext ? ['login at the old one'] : []),
    ...(loginsAtNext > 0 ? ['login at the new one'] : []),
  ]
}

function count({ calls }: StepFacts, pattern: RegExp): number {
  return calls.filter((call) => pattern.test(call)).length
}
