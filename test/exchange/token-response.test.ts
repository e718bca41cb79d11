/** Responses of token endpoints, and the result of each. */

import { describe, expect, it } from 'vitest'
import type { TokenExchangeOptions } from '../../src/exchange/index.ts'
import { START } from '../support/clock.ts'
import { createExchangeScene } from '../support/exchange.ts'

const OUTAGE = { code: 'unavailable', retryAfterSeconds: 5 }
const BEARER = { access_token: 't', token_type: 'Bearer' }

function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers })
}

function refusal(error: string, members: object = {}): Response {
  return json(400, { error, ...members })
}

type Row = readonly [what: string, answer: () => Response, failure: object]

const CLAIMS = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
const ACR_CLAIMS = '{"id_token":{"acr":{"essential":true,"values":["gold","silver"]}}}'

const ROWS: readonly Row[] = [
  // 200 without a usable token.
  ['200 HTML', () => new Response('<html>', { headers: { 'Content-Type': 'text/html' } }), OUTAGE],
  ['200 empty', () => new Response(null), OUTAGE],
  ['200 array', () => json(200, [BEARER]), OUTAGE],
  ['200 text', () => json(200, 'token'), OUTAGE],
  ['200 null', () => json(200, null), OUTAGE],
  ['no access_token', () => json(200, { token_type: 'Bearer' }), OUTAGE],
  ['access_token of a wrong type', () => json(200, { ...BEARER, access_token: 1 }), OUTAGE],
  ['an empty access_token', () => json(200, { ...BEARER, access_token: '' }), OUTAGE],
  ['a token with a line break', () => json(200, { ...BEARER, access_token: 'a\r\nb' }), OUTAGE],
  ['no token_type', () => json(200, { access_token: 't' }), OUTAGE],
  ['token_type mac', () => json(200, { ...BEARER, token_type: 'mac' }), { code: 'misconfigured' }],
  ['token_type N_A', () => json(200, { ...BEARER, token_type: 'N_A' }), { code: 'misconfigured' }],
  [
    'another issued_token_type',
    () => json(200, { ...BEARER, issued_token_type: 'urn:ietf:params:oauth:token-type:id_token' }),
    { code: 'misconfigured' },
  ],
  [
    'issued_token_type of a wrong type',
    () => json(200, { ...BEARER, issued_token_type: ['access_token'] }),
    { code: 'misconfigured' },
  ],
  [
    '200 with an error',
    () => json(200, { error: 'invalid_grant' }),
    { code: 'subject_not_accepted' },
  ],
  ['201', () => json(201, BEARER), OUTAGE],
  ['204', () => new Response(null, { status: 204 }), OUTAGE],
  // Redirects are not followed.
  ['302', () => new Response(null, { status: 302, headers: { Location: '/' } }), OUTAGE],
  ['307', () => Response.redirect('https://other.example/token', 307), OUTAGE],
  // The codes of RFC 6749, RFC 8693, OpenID Connect.
  ['invalid_grant', () => refusal('invalid_grant'), { code: 'subject_not_accepted' }],
  ['invalid_request', () => refusal('invalid_request'), { code: 'subject_not_accepted' }],
  ['invalid_target', () => refusal('invalid_target'), { code: 'target_refused' }],
  ['invalid_scope', () => refusal('invalid_scope'), { code: 'target_refused' }],
  ['403 access_denied', () => json(403, { error: 'access_denied' }), { code: 'target_refused' }],
  ['401 invalid_client', () => json(401, { error: 'invalid_client' }), { code: 'misconfigured' }],
  ['401 HTML', () => new Response('<html>', { status: 401 }), { code: 'misconfigured' }],
  ['unauthorized_client', () => refusal('unauthorized_client'), { code: 'misconfigured' }],
  ['unsupported_grant_type', () => refusal('unsupported_grant_type'), { code: 'misconfigured' }],
  ['an unknown error', () => refusal('constructor'), { code: 'misconfigured' }],
  ['400 without an error', () => json(400, {}), OUTAGE],
  ['400 HTML', () => new Response('<html>', { status: 400 }), OUTAGE],
  ['404', () => new Response('not here', { status: 404 }), OUTAGE],
  ['temporarily_unavailable', () => refusal('temporarily_unavailable'), OUTAGE],
  // Consent.
  ['consent_required', () => refusal('consent_required'), { code: 'consent_required' }],
  [
    'consent_required with a page',
    () => refusal('consent_required', { error_uri: 'https://as.example/consent?id=1' }),
    { code: 'consent_required', url: 'https://as.example/consent?id=1' },
  ],
  ...[
    'http://as.example/consent',
    'javascript:alert(1)',
    'consent',
    'https://u:p@as.example/',
    1,
  ].map(
    (uri): Row => [
      `consent_required with the page ${uri}`,
      () => refusal('consent_required', { error_uri: uri }),
      { code: 'consent_required' },
    ],
  ),
  [
    'interaction_required without claims',
    () => refusal('interaction_required', { error_uri: 'https://as.example/consent' }),
    { code: 'consent_required', url: 'https://as.example/consent' },
  ],
  [
    'invalid_grant of Entra without consent',
    () => refusal('invalid_grant', { suberror: 'consent_required' }),
    { code: 'consent_required' },
  ],
  [
    'invalid_grant with a page',
    () => refusal('invalid_grant', { error_uri: 'https://as.example/' }),
    { code: 'subject_not_accepted' },
  ],
  // Step-up.
  [
    'interaction_required with claims',
    () => refusal('interaction_required', { claims: CLAIMS }),
    { code: 'step_up_required', claims: CLAIMS },
  ],
  [
    'interaction_required with claims that name acr',
    () => refusal('interaction_required', { claims: ACR_CLAIMS }),
    { code: 'step_up_required', claims: ACR_CLAIMS, acrValues: ['gold', 'silver'] },
  ],
  [
    'interaction_required with blank claims',
    () => refusal('interaction_required', { claims: ' ' }),
    { code: 'consent_required' },
  ],
  [
    'invalid_grant with claims',
    () => refusal('invalid_grant', { claims: CLAIMS }),
    { code: 'step_up_required', claims: CLAIMS },
  ],
  [
    'unmet_authentication_requirements',
    () => refusal('unmet_authentication_requirements', { acr_values: 'gold silver' }),
    { code: 'step_up_required', acrValues: ['gold', 'silver'] },
  ],
  [
    'unmet_authentication_requirements with a list',
    () => refusal('unmet_authentication_requirements', { acr_values: ['gold', 'with space', 1] }),
    { code: 'step_up_required' },
  ],
  [
    'insufficient_user_authentication',
    () =>
      json(401, { error: 'insufficient_user_authentication', acr_values: ['gold'], max_age: '60' }),
    { code: 'step_up_required', acrValues: ['gold'], maxAgeSeconds: 60 },
  ],
  // Outages.
  ['500', () => json(500, { error: 'invalid_grant' }), OUTAGE],
  ['502 HTML', () => new Response('<html>', { status: 502 }), OUTAGE],
  [
    '503',
    () => json(503, {}, { 'Retry-After': '7' }),
    { code: 'unavailable', retryAfterSeconds: 7 },
  ],
  [
    '429',
    () => json(429, {}, { 'Retry-After': '30' }),
    { code: 'unavailable', retryAfterSeconds: 30 },
  ],
  [
    '429 with a date',
    () => json(429, {}, { 'Retry-After': new Date((START + 12) * 1000).toUTCString() }),
    { code: 'unavailable', retryAfterSeconds: 12 },
  ],
  ['429 with nonsense', () => json(429, {}, { 'Retry-After': 'soon' }), OUTAGE],
  // The request was not processed, whatever the body says.
  ...[408, 425, 429, 500, 599].map(
    (status): Row => [
      `${status} with an error`,
      () => json(status, { error: 'invalid_grant' }, { 'Retry-After': '9' }),
      { code: 'unavailable', retryAfterSeconds: 9 },
    ],
  ),
  ...[407, 409, 424, 426, 428, 430, 499].map(
    (status): Row => [
      `${status} with an error`,
      () => json(status, { error: 'invalid_grant' }),
      { code: 'subject_not_accepted' },
    ],
  ),
  [
    '201 with a token and an error',
    () => json(201, { ...BEARER, error: 'invalid_grant' }),
    { code: 'subject_not_accepted' },
  ],
  [
    'temporarily_unavailable with a time',
    () => json(400, { error: 'temporarily_unavailable' }, { 'Retry-After': '9' }),
    { code: 'unavailable', retryAfterSeconds: 9 },
  ],
  ['a large body', () => json(200, { ...BEARER, padding: 'x'.repeat(70_000) }), OUTAGE],
]

describe('exchange()', () => {
  it.each<[string, () => Response, object]>([
    [
      'an expired secret at Entra',
      () =>
        json(401, {
          error: 'invalid_client',
          error_description:
            'AADSTS7000222: The provided client secret keys are expired.\r\nTrace ID: 1',
          error_codes: [7000222],
        }),
      {
        code: 'misconfigured',
        error: 'invalid_client',
        message:
          'AADSTS7000222: The provided client secret keys are expired.\uFFFD\uFFFDTrace ID: 1',
      },
    ],
    [
      'an audience that Keycloak does not have',
      () =>
        refusal('invalid_request', { error_description: 'Requested audience not available: o' }),
      {
        code: 'subject_not_accepted',
        error: 'invalid_request',
        message: 'Requested audience not available: o',
      },
    ],
    [
      'an error without a description',
      () => refusal('unauthorized_client'),
      {
        code: 'misconfigured',
        error: 'unauthorized_client',
        message: 'The token endpoint answered with status 400.',
      },
    ],
    [
      'a description of the wrong type',
      () => refusal('invalid_grant', { error_description: ['secret'] }),
      {
        code: 'subject_not_accepted',
        error: 'invalid_grant',
        message: 'The token endpoint answered with status 400.',
      },
    ],
    [
      'an outage',
      () => new Response('<html>', { status: 502 }),
      { ...OUTAGE, message: 'The token endpoint answered with status 502.' },
    ],
    [
      'a token of another type',
      () => json(200, { ...BEARER, token_type: 'mac' }),
      { code: 'misconfigured', message: 'The token endpoint answered without a usable token.' },
    ],
  ])('passes on the cause of %s', async (_what, issue, failure) => {
    const { exchange, auth } = await createExchangeScene({ issue })
    const result = await exchange.exchange(auth)
    expect(result).toMatchObject({ ok: false, ...failure })
    expect('error' in result).toBe('error' in failure)
    expect(JSON.stringify({ ...result })).not.toMatch(/error|message/)
  })

  it('passes on no description that repeats the token', async () => {
    const { context } = await createExchangeScene()
    const auth = await context({})
    const issue = () =>
      refusal(`no ${auth.token}`, { error_description: `The token ${auth.token} has expired` })
    const { exchange } = await createExchangeScene({ issue })
    const result = await exchange.exchange(auth)
    expect(result).toMatchObject({
      ...{ ok: false, code: 'misconfigured' },
      message: 'The token endpoint answered with status 400.',
    })
    expect(result).not.toHaveProperty('error')
  })

  it.each(ROWS)('reads %s', async (_what, answer, failure) => {
    const { exchange, auth, asked, strayed } = await createExchangeScene({ issue: answer })
    const result = await exchange.exchange(auth)
    expect(result).toEqual({ ok: false, ...failure })
    expect(Object.isFrozen(result)).toBe(true)
    expect(asked).toHaveLength(1)
    expect(strayed).toEqual([])
  })

  it.each<[string, object]>([
    ['an error that is not text', { error: 1 }],
    ['an error', { error: 'invalid_grant' }],
    ['issued_token_type null', { issued_token_type: null }],
    ['the type of JWTs', { issued_token_type: 'urn:ietf:params:oauth:token-type:jwt' }],
    ['token_type in capitals', { token_type: 'BEARER' }],
  ])('gives the token of a 200 with %s', async (_what, members) => {
    const issue = () => json(200, { ...BEARER, ...members })
    const { exchange, auth } = await createExchangeScene({ issue })
    expect(await exchange.exchange(auth)).toMatchObject({ ok: true, tokenType: 'Bearer' })
  })

  it('reads an unreachable token endpoint as an outage', async () => {
    const issue = () => Promise.reject(new TypeError('refused'))
    const { exchange, auth } = await createExchangeScene({ issue })
    const message = 'https://as.example/token could not be reached'
    expect(await exchange.exchange(auth)).toMatchObject({ ok: false, ...OUTAGE, message })
  })

  it('reads invalid_request of Entra as a mistake of this client', async () => {
    const issue = () => refusal('invalid_request')
    const { exchange, auth } = await createExchangeScene({ issue, style: 'entra' })
    expect(await exchange.exchange(auth)).toEqual({ ok: false, code: 'misconfigured' })
  })

  it('passes on no member that repeats the token', async () => {
    const { context } = await createExchangeScene()
    const auth = await context({})
    const issue = () =>
      refusal('consent_required', { error_uri: `https://as.example/?t=${auth.token}` })
    const first = await createExchangeScene({ issue })
    expect(await first.exchange.exchange(auth)).toEqual({ ok: false, code: 'consent_required' })
    const second = await createExchangeScene({
      issue: () => refusal('interaction_required', { claims: `{"t":"${auth.token}"}` }),
    })
    expect(await second.exchange.exchange(auth)).toEqual({ ok: false, code: 'consent_required' })
  })

  it('ignores members that another library set on Object.prototype', async () => {
    Object.assign(Object.prototype, {
      error: 'invalid_grant',
      access_token: 'evil',
      claims: CLAIMS,
    })
    try {
      const { exchange, auth } = await createExchangeScene({ issue: () => json(200, {}) })
      const message = 'The token endpoint answered without a usable token.'
      expect(await exchange.exchange(auth)).toMatchObject({ ok: false, ...OUTAGE, message })
    } finally {
      for (const name of ['error', 'access_token', 'claims']) {
        delete (Object.prototype as Record<string, unknown>)[name]
      }
    }
  })

  it('is misconfigured where a requested access token is none', async () => {
    const type = 'urn:ietf:params:oauth:token-type:access_token'
    const issue = () => json(200, { access_token: 't', token_type: 'N_A', issued_token_type: type })
    const { exchange, auth } = await createExchangeScene({ issue, requestedTokenType: type })
    expect(await exchange.exchange(auth)).toMatchObject({ ok: false, code: 'misconfigured' })
  })

  it('gives a token of the requested type that is not an access token', async () => {
    const type = 'urn:ietf:params:oauth:token-type:saml2'
    const issue = () => json(200, { access_token: 't', token_type: 'N_A', issued_token_type: type })
    const options: Partial<TokenExchangeOptions> = { requestedTokenType: type }
    const { exchange, auth, called } = await createExchangeScene({ issue, ...options })
    expect(await exchange.exchange(auth)).toMatchObject({ ok: true, tokenType: 'N_A' })
    await expect(exchange.fetch(auth, 'https://api.example/')).rejects.toMatchObject({
      name: 'ExchangeError',
      failure: { ok: false, code: 'misconfigured' },
    })
    expect(called).toEqual([])
  })
})
