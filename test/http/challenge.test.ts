import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Challenge, formatChallenges } from '../../src/http/challenge.ts'
import { quote } from '../../src/lib/header-syntax.ts'
import { parseChallenges } from '../support/challenge.ts'

const resourceMetadata = 'https://rs.example/.well-known/oauth-protected-resource'

describe('formatChallenges()', () => {
  it('writes the parameters in one order, quoted', () => {
    const challenge: Challenge = {
      scheme: 'Bearer',
      resourceMetadata,
      maxAge: 0,
      acrValues: 'a b',
      scope: 's',
      description: 'd',
      error: 'e',
    }
    expect(formatChallenges([challenge])).toBe(
      `Bearer error="e", error_description="d", scope="s", acr_values="a b", max_age="0", resource_metadata="${resourceMetadata}"`,
    )
  })

  it('omits undefined and empty parameters', () => {
    const empty = { scheme: 'Bearer', error: undefined, scope: '', acrValues: '' } as const
    expect(formatChallenges([{ ...empty, resourceMetadata }])).toBe(
      `Bearer resource_metadata="${resourceMetadata}"`,
    )
  })

  it('writes several challenges as one unambiguous line', () => {
    const line = formatChallenges([
      { scheme: 'Bearer', resourceMetadata },
      { scheme: 'DPoP', algs: 'ES256 EdDSA', resourceMetadata },
    ])
    expect(parseChallenges(line)).toEqual([
      { scheme: 'Bearer', params: { resource_metadata: resourceMetadata } },
      { scheme: 'DPoP', params: { algs: 'ES256 EdDSA', resource_metadata: resourceMetadata } },
    ])
  })

  it('writes values that a strict parser reads back', () => {
    const text = fc.option(fc.string({ unit: 'binary' }), { nil: undefined })
    const challenge: fc.Arbitrary<Challenge> = fc.record({
      scheme: fc.constantFrom('Bearer', 'DPoP'),
      error: text,
      description: text,
      scope: text,
      acrValues: text,
      maxAge: fc.option(fc.nat(), { nil: undefined }),
      algs: text,
      resourceMetadata: fc.webUrl(),
    })
    fc.assert(
      fc.property(fc.array(challenge, { minLength: 1, maxLength: 3 }), (challenges) => {
        const line = formatChallenges(challenges)
        expect(line).toMatch(/^[\x20-\x7e]+$/)
        const read = parseChallenges(line)
        expect(read.map(({ scheme }) => scheme)).toEqual(challenges.map(({ scheme }) => scheme))
        for (const [index, { params }] of read.entries()) {
          const { error, maxAge, resourceMetadata } = challenges[index] as Challenge
          expect(params['error']?.length).toBe(error === '' ? undefined : error?.length)
          expect(params['max_age']).toBe(maxAge?.toString())
          expect(`"${params['resource_metadata']}"`).toBe(quote(resourceMetadata))
        }
      }),
    )
  })
})
