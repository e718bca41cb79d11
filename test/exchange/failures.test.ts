/** Error responses of token endpoints, member by member and at the bounds of each. */

import { describe, expect, it } from 'vitest'
import { failureOf, secondsOf, withCause } from '../../src/exchange/failures.ts'

const TOKEN = 'the.subject.token'
const SENT = [TOKEN, 'the.actor.token']
const STEP_UP = { error: 'insufficient_user_authentication' }

const read = (body: Record<string, unknown>) => failureOf(body, 'subject_not_accepted', SENT)

describe('failureOf', () => {
  it.each([
    ['invalid_grant', { code: 'subject_not_accepted' }],
    ['invalid_request', { code: 'subject_not_accepted' }],
    ['invalid_target', { code: 'target_refused' }],
    ['invalid_scope', { code: 'target_refused' }],
    ['access_denied', { code: 'target_refused' }],
    ['consent_required', { code: 'consent_required' }],
    ['interaction_required', { code: 'consent_required' }],
    ['login_required', { code: 'consent_required' }],
    ['account_selection_required', { code: 'consent_required' }],
    ['insufficient_user_authentication', { code: 'step_up_required' }],
    ['unmet_authentication_requirements', { code: 'step_up_required' }],
    ['mfa_required', { code: 'step_up_required' }],
    ['temporarily_unavailable', { code: 'unavailable', retryAfterSeconds: 5 }],
    ['server_error', { code: 'unavailable', retryAfterSeconds: 5 }],
    ['slow_down', { code: 'unavailable', retryAfterSeconds: 5 }],
    ['invalid_client', { code: 'misconfigured' }],
    ['toString', { code: 'misconfigured' }],
    [['invalid_grant'], { code: 'misconfigured' }],
  ])('reads the error %j', (error, expected) => {
    expect(read({ error })).toStrictEqual({ ok: false, ...expected })
  })

  it.each([
    'interaction_required',
    'login_required',
    'account_selection_required',
    'invalid_grant',
  ])('reads the error %s with claims as a step-up', (error) => {
    expect(read({ error, claims: '{}' })).toStrictEqual({
      ...{ ok: false, code: 'step_up_required', claims: '{}' },
    })
  })

  it.each([
    ['of 16,384 characters', ' '.repeat(16_383).concat('x'), true],
    ['of 16,385 characters', ' '.repeat(16_384).concat('x'), false],
    ['that are blank', ' ', false],
    ['that are not text', { access_token: {} }, false],
    ['that repeat the subject', `{"t":"${TOKEN}"}`, false],
    ['that repeat the actor', `{"t":"${SENT[1]}"}`, false],
  ])('passes on claims only if they are text to send again: %s', (_what, claims, isPassedOn) => {
    const expected = isPassedOn ? { claims } : {}
    expect(read({ ...STEP_UP, claims })).toStrictEqual({
      ...{ ok: false, code: 'step_up_required' },
      ...expected,
    })
  })

  it.each([
    ['a text', 'gold silver', ['gold', 'silver']],
    ['a text with further spaces', ' gold  silver ', ['gold', 'silver']],
    ['a list', ['gold', 'silver'], ['gold', 'silver']],
    ['values of 256 characters', ['x'.repeat(256)], ['x'.repeat(256)]],
    ['values of 257 characters', ['x'.repeat(257), 'gold'], ['gold']],
    ['values with other characters', ['go"ld', '\ngold', 'gold\n', 'a b', 'gold'], ['gold']],
    ['more than 16 values', Array(17).fill('gold'), Array(16).fill('gold')],
    ['a list with a number', ['gold', 1], undefined],
    ['a number', 1, undefined],
    ['an empty text', '', undefined],
  ])('reads acr_values that are %s', (_what, acr_values, acrValues) => {
    const failure = read({ ...STEP_UP, acr_values })
    expect(failure.acrValues).toStrictEqual(acrValues)
    expect(Object.isFrozen(failure.acrValues)).toBe(true)
  })

  it.each([
    ['access_token', { access_token: { acr: { value: 'gold' } } }, ['gold']],
    ['id_token', { id_token: { acr: { values: ['gold', 'silver'] } } }, ['gold', 'silver']],
    ['userinfo', { userinfo: { acr: { values: ['gold'], value: 'silver' } } }, ['gold']],
    [
      'the first place with a value',
      { access_token: { acr: { value: '' } }, id_token: { acr: { value: 'gold' } } },
      ['gold'],
    ],
    [
      'the first of two places',
      { access_token: { acr: { value: 'gold' } }, id_token: { acr: { value: 'silver' } } },
      ['gold'],
    ],
    ['another place', { refresh_token: { acr: { value: 'gold' } } }, undefined],
    ['no value', { access_token: { acr: { essential: true } } }, undefined],
    ['null', { access_token: { acr: null } }, undefined],
    ['a place without acr', { access_token: { acrs: { value: 'gold' } } }, undefined],
    ['a place that is not an object', { access_token: 'acr' }, undefined],
    ['a list with a number', { access_token: { acr: { values: [1] } } }, undefined],
  ])('reads the acr values of a claims request: %s', (_what, request, acrValues) => {
    const claims = JSON.stringify(request)
    const expected = acrValues === undefined ? {} : { acrValues }
    expect(read({ ...STEP_UP, claims })).toStrictEqual({
      ...{ ok: false, code: 'step_up_required', claims },
      ...expected,
    })
  })

  it('prefers acr_values to the claims request', () => {
    const claims = '{"id_token":{"acr":{"value":"silver"}}}'
    expect(read({ ...STEP_UP, claims, acr_values: 'gold' }).acrValues).toEqual(['gold'])
    expect(read({ ...STEP_UP, claims, acr_values: '"' }).acrValues).toEqual(['silver'])
  })

  it('reads the claims of no text as none', () => {
    expect(read({ ...STEP_UP, claims: 'no JSON' })).not.toHaveProperty('acrValues')
  })

  it('passes on the greatest age', () => {
    const failure = { ok: false, code: 'step_up_required', maxAgeSeconds: 0 }
    expect(read({ error: 'login_required', max_age: 0 })).toStrictEqual(failure)
  })

  const page = (length: number) => 'https://as.example/'.padEnd(length, 'x')
  it.each([
    ['of 2,048 characters', page(2048), true],
    ['of 2,049 characters', page(2049), false],
    ['by plain http', 'http://as.example/', false],
    ['with a user', 'https://user@as.example/', false],
    ['with a password', 'https://:password@as.example/', false],
    ['that is not a URL', 'as.example', false],
    ['that is not text', { href: page(20) }, false],
    ['that repeats the subject', `https://as.example/?t=${TOKEN}`, false],
    ['that repeats the actor', `https://as.example/?t=${SENT[1]}`, false],
  ])('passes on a page only if a browser may open it: %s', (_what, error_uri, isPassedOn) => {
    const expected = isPassedOn ? { url: error_uri } : {}
    const body = { error: 'consent_required', error_uri }
    expect(read(body)).toStrictEqual({ ok: false, code: 'consent_required', ...expected })
  })

  it('passes on no page where the user has nothing to agree to', () => {
    const error_uri = page(20)
    expect(read({ error: 'invalid_scope', error_uri })).not.toHaveProperty('url')
    expect(read({ ...STEP_UP, error_uri })).not.toHaveProperty('url')
  })
})

describe('withCause', () => {
  const causeOf = (body: Record<string, unknown> | undefined, status = 400) => {
    const failure = withCause({ ok: false, code: 'misconfigured' }, status, body, SENT)
    const { error, message } = failure
    return { error, message }
  }

  it.each([
    [
      'the texts of the response',
      { error: 'invalid_client', error_description: 'expired' },
      { error: 'invalid_client', message: 'expired' },
    ],
    [
      'no text that repeats a token',
      { error: TOKEN, error_description: `no ${SENT[1]} here` },
      { error: undefined, message: 'The token endpoint answered with status 400.' },
    ],
    [
      'no other types',
      { error: 1, error_description: {} },
      { error: undefined, message: 'The token endpoint answered with status 400.' },
    ],
    [
      'the status without a document',
      undefined,
      { error: undefined, message: 'The token endpoint answered with status 400.' },
    ],
  ])('gives %s', (_what, body, expected) => {
    expect(causeOf(body)).toStrictEqual(expected)
  })

  it('says of a 200 that it has no usable token', () => {
    const message = 'The token endpoint answered without a usable token.'
    expect(causeOf({}, 200)).toStrictEqual({ error: undefined, message })
  })
})

describe('secondsOf', () => {
  it.each([
    [0, 0],
    [1.9, 1],
    ['0', 0],
    ['60', 60],
    ['9999999999', 9_999_999_999],
    ['10000000000', undefined],
    ['60s', undefined],
    ['s60', undefined],
    ['', undefined],
    [-1, undefined],
    [Infinity, undefined],
    [[60], undefined],
    [null, undefined],
    [undefined, undefined],
  ])('reads %j as %j', (value, seconds) => {
    expect(secondsOf(value)).toBe(seconds)
  })
})
