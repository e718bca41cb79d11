/** What the challenge of an API asks for. */

import { describe, expect, it } from 'vitest'
import { asksForNonce, offersDpop } from '../../src/exchange/proofs.ts'
import { processorTime } from '../support/processor-time.ts'

function challenged(text: string): Response {
  return new Response(null, { status: 401, headers: { 'WWW-Authenticate': text } })
}

describe('asksForNonce()', () => {
  it.each([
    ['DPoP error="use_dpop_nonce"', true],
    ['DPoP error=use_dpop_nonce, algs="ES256"', true],
    ['Bearer error="invalid_token", dpop algs="ES256", Error="use_dpop_nonce"', true],
    // RFC 9110 §5.6.3: recipients remove white space around the equals sign.
    ['DPoP error\t= "use_dpop_nonce"', true],
    ['DPoP error "use_dpop_nonce"', false],
    ['DPoP error="invalid_token"', false],
    ['Bearer error="use_dpop_nonce"', false],
    ['error="use_dpop_nonce" DPoP', false],
    ['DPoP error="use_dpop_nonce2"', false],
    ['', false],
  ])('reads %j', (text, expected) => {
    expect(asksForNonce(challenged(text))).toBe(expected)
  })

  it('takes a time that grows with the length of the challenge, not with its square', () => {
    const challenge = challenged(`${'DPoP error=,'.repeat(100_000)}error${' '.repeat(100_000)}x`)
    let answers: unknown[] = []
    const time = processorTime(() => {
      answers = [asksForNonce(challenge), offersDpop(challenge)]
    })
    expect(answers).toEqual([false, true])
    expect(time).toBeLessThan(2000)
  })
})
