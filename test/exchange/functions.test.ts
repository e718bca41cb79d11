/** What an exchange does where a function of the application fails, or returns no token. */

import { describe, expect, it } from 'vitest'
import { ExchangeError, type TokenExchangeOptions } from '../../src/exchange/index.ts'
import { UpstreamError } from '../../src/index.ts'
import { createExchangeScene } from '../support/exchange.ts'

const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token'

describe('exchange()', () => {
  it.each<[string, Partial<TokenExchangeOptions>, string]>([
    ['actorToken throws', { actorToken: () => Promise.reject(new Error('no')) }, 'unavailable'],
    ['actorToken returns an empty text', { actorToken: async () => '' }, 'misconfigured'],
    ['actorToken returns no text', { actorToken: async () => 1 as never }, 'misconfigured'],
    ...[{}, { token: '' }, { token: 1 }, { type: '' }, { type: 1 }].map(
      (wrong): [string, Partial<TokenExchangeOptions>, string] => [
        `subjectToken returns ${JSON.stringify(wrong)}`,
        {
          subjectToken: async () =>
            (Object.keys(wrong).length === 0
              ? {}
              : { token: 't', type: ID_TOKEN, ...wrong }) as never,
        },
        'misconfigured',
      ],
    ),
    ['subjectToken throws', { subjectToken: () => Promise.reject(new Error('no')) }, 'unavailable'],
    [
      'subjectToken returns nothing',
      { subjectToken: async () => undefined as never },
      'misconfigured',
    ],
    [
      'subjectToken throws the failure of another exchange',
      {
        subjectToken: () =>
          Promise.reject(
            new ExchangeError({ ok: false, code: 'consent_required', url: 'https://as.example/' }),
          ),
      },
      'consent_required',
    ],
    ['actorToken hangs', { actorToken: () => new Promise(() => {}), timeoutMs: 30 }, 'unavailable'],
    [
      'the assertion function throws',
      { client: { id: 'notes', assertion: () => Promise.reject(new Error('no')) } },
      'unavailable',
    ],
  ])('fails where %s', async (_what, options, code) => {
    const { exchange, auth, asked } = await createExchangeScene(options)
    expect(await exchange.exchange(auth)).toMatchObject({ ok: false, code })
    expect(asked).toEqual([])
  })

  it.each([
    [
      'an UpstreamError',
      new UpstreamError('unreachable', 'https://as.example/', { retryAfterSeconds: 9 }),
      9,
    ],
    ['another error', Object.assign(new Error('no'), { retryAfterSeconds: 9 }), 5],
  ])('is unavailable where a function throws %s', async (_what, error, retryAfterSeconds) => {
    const { exchange, auth } = await createExchangeScene({
      actorToken: () => Promise.reject(error),
    })
    const failure = { ok: false, code: 'unavailable', retryAfterSeconds }
    expect(await exchange.exchange(auth)).toEqual(failure)
  })
})
