/** The meaning of a run in the words of docs/clients.md. Pure. */

import type { Observation, StepFacts } from './observe.ts'

export interface Outcome {
  readonly logsIn: boolean
  readonly asksFor: string
  readonly offlineAccess: boolean
  readonly registration: string
  /** After a 403 with `insufficient_scope`. */
  readonly stepUp: string
  /** After a 401 with `invalid_token`. */
  readonly expired: string
  readonly outage: string
}

/** The lists of scopes that a client can take its own from. */
const LISTS: Readonly<Record<string, string>> = {
  'notes:read': 'the challenge',
  'notes:read notes:write': 'the resource',
  'notes:admin notes:read notes:write': 'the server',
}
/** Members of OpenID Connect: no scope of the resource. */
const OPENID = ['openid', 'offline_access']

export function outcomeOf({ steps }: Observation): Outcome {
  const all = Object.values(steps)
  const asked = all.flatMap(({ logins }) => logins)
  const atLogin = all.find(({ logins }) => logins.length > 0)
  return {
    logsIn: listed(steps['use']),
    asksFor: asked[0] === undefined ? 'no login' : listNameOf(ownScopes(asked[0])),
    offlineAccess: asked[0]?.split(' ').includes('offline_access') ?? false,
    registration: registrationOf(atLogin?.registrations ?? 0),
    stepUp: stepUpOf(steps['step-up']),
    expired: inWords(steps['expired'], listed(steps['expired'])),
    outage: outageOf(steps['outage'], steps['after']),
  }
}

export function listed(facts: StepFacts | undefined): boolean {
  return facts?.heard.includes('Buy milk') ?? false
}

export function deleted(facts: StepFacts | undefined): boolean {
  return facts?.heard.includes('Deleted note') ?? false
}

export function ownScopes(scope: string): string {
  return scope
    .split(' ')
    .filter((each) => !OPENID.includes(each))
    .join(' ')
}

/** A step without a request: the client has the tool no more, or fails by itself, or the session has ended. */
export function absenceOf(facts: StepFacts | undefined): string {
  if (facts === undefined || facts.heard === '') return 'not met'
  return facts.heard.includes('The tool is gone') ? 'its tools are gone' : 'error without a request'
}

/** What the client does, then what its caller gets. */
export function inWords(facts: StepFacts | undefined, works: boolean): string {
  if (facts === undefined || facts.calls.length === 0) return absenceOf(facts)
  const { registrations, refreshes, logins } = facts
  const [asked] = logins.slice(-1)
  const actions = [
    registrations > 0 ? 'registers again' : '',
    refreshes.includes(200) ? 'refreshes' : '',
    refreshes.length > 0 && !refreshes.includes(200) ? 'tries to refresh' : '',
    asked === undefined ? '' : `requests a login ${scopesInWords(asked)}`,
  ].filter((each) => each !== '')
  const result = works ? 'the call works' : 'error'
  return actions.length === 0 ? result : `${actions.join(', ')}; ${result}`
}

function scopesInWords(scope: string): string {
  const own = ownScopes(scope)
  return own === '' ? 'without scopes' : `(\`${own}\`)`
}

function listNameOf(scopes: string): string {
  return LISTS[scopes.split(' ').toSorted().join(' ')] ?? (scopes || 'none of the lists')
}

function registrationOf(count: number): string {
  if (count === 0) return 'given'
  return count === 1 ? 'dynamic' : `dynamic, ${count} times`
}

function stepUpOf(facts: StepFacts | undefined): string {
  const works = deleted(facts)
  const met403 = facts?.calls.some((call) => call.includes(' 403 ')) ?? false
  return works && !met403 ? 'not met: it had requested all' : inWords(facts, works)
}

function outageOf(outage: StepFacts | undefined, after: StepFacts | undefined): string {
  if (outage === undefined || outage.calls.length === 0) return absenceOf(outage)
  return `error; the next call ${listed(after) ? 'works' : 'fails'}`
}
