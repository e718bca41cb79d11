import { describe, expect, it } from 'vitest'
import { NOTHING } from '../support/step-facts.ts'
import { DOCUMENT_URL } from './documents.ts'
import type { StepFacts } from './observe.ts'
import { situationOutcomeOf } from './situation-outcome.ts'
import type { SituationName } from './steps.ts'

const LISTED = { ...NOTHING, heard: '1: Buy milk', calls: ['POST tools/call 200 (a)'] }
const REJECTED = { ...NOTHING, heard: 'Error', calls: ['POST tools/call 401 (a)'] }

function read(situation: SituationName, steps: Readonly<Record<string, StepFacts>>) {
  return situationOutcomeOf({ [situation]: { steps } })
}

describe('situationOutcomeOf()', () => {
  it('says which situations have not run', () => {
    expect(read('session', {})).toMatchObject({ parallel: 'not run', move: 'not run' })
  })

  it.each<[string, Partial<StepFacts>]>([
    ['no login', {}],
    ['registers instead', { clientIds: ['an-id'] }],
    ['uses the one it is given', { clientIds: [DOCUMENT_URL] }],
    ['uses its own', { clientIds: ['https://vendor.example/client.json', 'an-id'] }],
  ])('says %j of the client ID metadata document', (text, facts) => {
    expect(read('session', { login: { ...NOTHING, ...facts } }).document).toBe(text)
  })

  it.each<[string, Partial<StepFacts>, StepFacts]>([
    ['begins another session; the call works', { heard: 'Buy milk' }, LISTED],
    [
      'requests a login; begins another session; the call works',
      { heard: 'Buy milk', logins: ['a'] },
      LISTED,
    ],
    ['error; the next call works', {}, LISTED],
    ['error; the next call fails', {}, REJECTED],
    ['not met: each call begins a session', { calls: ['POST tools/call 200 (a)'] }, LISTED],
    ['its tools are gone', { calls: [], heard: 'The tool is gone.' }, LISTED],
    ['error without a request', { calls: [] }, LISTED],
  ])('says %j of a session that has ended', (text, facts, after) => {
    const ended = { ...NOTHING, heard: 'Error', calls: ['POST tools/call 404 (a)'], ...facts }
    expect(read('session', { ended, after }).session).toBe(text)
  })

  it('does not take the 404 of a DELETE for that of a call', () => {
    const ended = { ...LISTED, calls: ['DELETE /mcp 404 (a)', 'POST tools/call 200 (a)'] }
    expect(read('session', { ended }).session).toBe('not met: each call begins a session')
  })

  it.each<[string, readonly number[], readonly string[], StepFacts]>([
    ['one refresh; all calls work', [200], ['401', '401', '401', '200', '200', '200'], LISTED],
    [
      'sends one after the other; one refresh; all calls work',
      [200],
      ['401', '200', '200', '200'],
      LISTED,
    ],
    [
      '3 refreshes, 1 accepted; 1 of 3 calls work; the next call fails',
      [200, 400, 400],
      ['401', '401', '401', '200'],
      REJECTED,
    ],
    ['one refresh, rejected; 0 of 3 calls work', [400], ['401', '401', '401'], LISTED],
    ['no refresh; 0 of 3 calls work', [], ['401', '401', '401'], LISTED],
  ])('says %j of calls at once', (text, refreshes, statuses, after) => {
    const calls = statuses.map((status) => `POST tools/call ${status} (a)`)
    const atOnce = { ...REJECTED, refreshes, calls }
    expect(read('parallel', { 'at once': atOnce, after }).parallel).toBe(text)
  })

  it('says that a client registers again after calls at once', () => {
    const atOnce = { ...REJECTED, registrations: 3 }
    const text = 'registers again; no refresh; 0 of 3 calls work'
    expect(read('parallel', { 'at once': atOnce, after: LISTED }).parallel).toBe(text)
  })

  it('says that a client requests a login after calls at once', () => {
    const atOnce = {
      ...REJECTED,
      logins: ['a'],
      calls: ['POST tools/call 401', 'POST tools/call 401'],
    }
    const text = 'no refresh; requests a login; 0 of 3 calls work'
    expect(read('parallel', { 'at once': atOnce, after: LISTED }).parallel).toBe(text)
  })

  it.each<[string, Partial<StepFacts>]>([
    ['error', {}],
    ['refreshes at the old one; error', { refreshes: [401, 200] }],
    ['tries to refresh; login at the old one; error', { refreshes: [401], logins: ['a'] }],
    ['login at the new one; the call works', { logins: ['a'], loginsAtNext: 1, heard: 'Buy milk' }],
    ['its tools are gone', { calls: [], heard: 'The tool is gone.' }],
  ])('says %j of another authorization server', (text, facts) => {
    expect(read('move', { moved: { ...REJECTED, ...facts } }).move).toBe(text)
  })

  it('says where the login after the move is, and whether it helps', () => {
    const atNext = { ...NOTHING, logins: ['a'], loginsAtNext: 1 }
    const atOld = { ...atNext, loginsAtNext: 0 }
    const say = (login: StepFacts, again: StepFacts) =>
      read('move', { 'second login': login, again }).again
    expect(say(atNext, LISTED)).toBe('login at the new one; the call works')
    expect(say(atOld, REJECTED)).toBe('login at the old one; error')
    expect(say(atOld, { ...LISTED, ...atNext })).toBe(
      'login at the old one; login at the new one; error',
    )
    expect(say(NOTHING, LISTED)).toBe('the call works')
    expect(say(NOTHING, NOTHING)).toBe('not met')
  })

  it('says which scopes the login after a 403 requests, and whether it helps', () => {
    const say = (login: StepFacts, again: StepFacts) =>
      read('step-up', { 'second login': login, again }).newScopes
    const works = { ...LISTED, heard: 'Deleted note 2.' }
    const login = { ...NOTHING, logins: ['a', 'a b offline_access'] }
    expect(say(login, works)).toBe('requests `a b`; the call works')
    expect(say(login, REJECTED)).toBe('requests `a b`; error')
    expect(say(NOTHING, { ...REJECTED, refreshes: [200] })).toBe('no login; refreshes; error')
    expect(say(NOTHING, REJECTED)).toBe('no login; error')
    expect(say(NOTHING, works)).toBe('no login; the call works')
    expect(say(NOTHING, NOTHING)).toBe('not met')
    const late = { ...REJECTED, heard: 'Note 2 does not exist.' }
    expect(read('step-up', { 'step-up': works, again: late }).newScopes).toBe(
      'not met: the call had worked',
    )
  })

  it('says what happens with an opaque token, and at its end', () => {
    const expired = { ...LISTED, refreshes: [200] }
    expect(read('opaque', { use: LISTED, expired })).toMatchObject({
      opaque: 'works',
      opaqueEnd: 'refreshes; the call works',
    })
    expect(read('opaque', { use: REJECTED, expired: NOTHING })).toMatchObject({
      opaque: 'error',
      opaqueEnd: 'not met',
    })
  })

  it.each([
    ['http://127.0.0.1:1', 'as published'],
    ['http://127.0.0.1:1/', 'adds a slash'],
  ])('says that a client sends %j %s', (resource, text) => {
    const login = { ...NOTHING, resources: [resource, 'https://another.example'] }
    expect(read('origin', { login }).resource).toBe(text)
    expect(read('origin', { login: NOTHING }).resource).toBe('no login')
  })

  it('says what happens where tokens must be bound', () => {
    const say = (steps: Readonly<Record<string, StepFacts>>) => read('dpop', steps).dpop
    const login = { ...NOTHING, logins: ['a'] }
    expect(say({ login, use: LISTED })).toBe('works')
    expect(say({ login, use: REJECTED })).toBe('one login; error')
    expect(say({ login, use: { ...REJECTED, logins: ['a'] } })).toBe('2 logins; error')
    expect(say({ use: REJECTED })).toBe('no login; error')
  })
})
