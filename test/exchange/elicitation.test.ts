import { describe, expect, it } from 'vitest'
import { type ExchangeFailure, toElicitation } from '../../src/exchange/index.ts'

const FAILURE: ExchangeFailure = {
  ok: false,
  code: 'consent_required',
  url: 'https://as.example/consent',
}
const MESSAGE = 'Allow access to the API behind this tool, then try again.'

describe('toElicitation()', () => {
  it.each([undefined, '2025-03-26', '2025-06-18', '2025-11-25'])(
    'gives the error for the revision %s',
    (revision) => {
      expect(toElicitation(FAILURE, revision)).toEqual({
        code: -32042,
        message: MESSAGE,
        data: {
          elicitations: [
            {
              mode: 'url',
              elicitationId: expect.stringMatching(/^[\da-f-]{36}$/),
              url: 'https://as.example/consent',
              message: MESSAGE,
            },
          ],
        },
      })
    },
  )

  it('makes another id each time', () => {
    expect(toElicitation(FAILURE)).not.toEqual(toElicitation(FAILURE))
  })

  it.each(['2026-07-28', '2027-01-01'])('gives the result for the revision %s', (revision) => {
    expect(toElicitation(FAILURE, revision)).toEqual({
      resultType: 'input_required',
      inputRequests: {
        consent: {
          method: 'elicitation/create',
          params: { mode: 'url', url: 'https://as.example/consent', message: MESSAGE },
        },
      },
    })
  })

  it('gives nothing without a url', () => {
    expect(toElicitation({ ok: false, code: 'consent_required' })).toBeUndefined()
    expect(toElicitation({ ok: false, code: 'unavailable' }, '2026-07-28')).toBeUndefined()
  })
})
