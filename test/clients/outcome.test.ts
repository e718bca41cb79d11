import { describe, expect, it } from 'vitest'
import { NOTHING } from '../support/step-facts.ts'
import type { StepFacts } from './observe.ts'
import { outcomeOf } from './outcome.ts'

const LISTED = { ...NOTHING, heard: '1: Buy milk', calls: ['POST tools/call 200 (notes:read)'] }
const LOGIN = { ...NOTHING, logins: ['notes:read'], registrations: 1 }
const REJECTED = { ...NOTHING, heard: 'Insufficient scope', calls: ['POST tools/call 403 (a)'] }

function read(steps: Readonly<Record<string, StepFacts>>) {
  return outcomeOf({ steps })
}

describe('outcomeOf()', () => {
  it('knows a login by the notes that the client has listed', () => {
    expect(read({ login: LOGIN, use: LISTED }).logsIn).toBe(true)
    expect(read({ login: LOGIN, use: REJECTED }).logsIn).toBe(false)
    expect(read({ login: LOGIN }).logsIn).toBe(false)
  })

  it.each([
    ['notes:read', 'the challenge'],
    ['notes:read offline_access', 'the challenge'],
    ['notes:write notes:read', 'the resource'],
    ['openid offline_access notes:read notes:write notes:admin', 'the server'],
    ['openid', 'none of the lists'],
    ['notes:admin', 'notes:admin'],
  ])('reads the scopes %j as those of %s', (scope, list) => {
    expect(read({ login: { ...LOGIN, logins: [scope] } }).asksFor).toBe(list)
  })

  it('knows whether the first login requests offline_access', () => {
    const offline = { ...LOGIN, logins: ['notes:read offline_access', 'notes:read'] }
    expect(read({ login: offline }).offlineAccess).toBe(true)
    expect(read({ login: LOGIN }).offlineAccess).toBe(false)
    expect(read({}).offlineAccess).toBe(false)
  })

  it('counts the registrations of the step with the first login', () => {
    expect(read({ login: LOGIN }).registration).toBe('dynamic')
    expect(read({ login: { ...LOGIN, registrations: 2 } }).registration).toBe('dynamic, 2 times')
    expect(read({ login: NOTHING, use: LOGIN }).registration).toBe('dynamic')
    expect(read({ login: { ...LOGIN, registrations: 0 } }).registration).toBe('given')
  })

  it.each<[string, Partial<StepFacts>]>([
    ['error', {}],
    ['refreshes; error', { refreshes: [400, 200] }],
    ['registers again, tries to refresh; error', { registrations: 1, refreshes: [400] }],
    ['requests a login (`a b`); error', { logins: ['a', 'a b offline_access'] }],
    ['requests a login without scopes; error', { logins: [''] }],
    ['requests a login (`a b`); the call works', { logins: ['a b'], heard: 'Deleted note 2.' }],
    ['not met: it had requested all', { heard: 'Deleted note 2.', calls: ['POST x 200 (a)'] }],
    ['not met', { calls: [], heard: '' }],
    ['its tools are gone', { calls: [], heard: 'The tool is gone.' }],
  ])('says %j of a step-up', (text, facts) => {
    expect(read({ 'step-up': { ...REJECTED, ...facts } }).stepUp).toBe(text)
  })

  it('says what comes after an expired token and an outage', () => {
    const outage = { ...REJECTED, calls: ['POST tools/call 503 (notes:read)'] }
    const seen = read({ expired: { ...LISTED, refreshes: [200] }, outage, after: LISTED })
    expect(seen.expired).toBe('refreshes; the call works')
    expect(seen.outage).toBe('error; the next call works')
    expect(read({ outage, after: REJECTED }).outage).toBe('error; the next call fails')
    expect(read({ outage: NOTHING, after: REJECTED }).outage).toBe('not met')
  })
})
