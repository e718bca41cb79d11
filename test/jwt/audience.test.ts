import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchAudience } from '../../src/jwt/audience.ts'

const RESOURCE = 'https://rs.example/mcp'

describe('matchAudience()', () => {
  const policy = {
    resource: RESOURCE,
    accepted: ['api', RESOURCE],
    allowMissing: false,
    substitute: undefined,
  }

  it.each([
    [RESOURCE, RESOURCE],
    [['x', RESOURCE], RESOURCE],
    ['api', 'api'],
    [['api', RESOURCE], RESOURCE],
    [[RESOURCE, 'api'], RESOURCE],
    ['x', undefined],
    [[], undefined],
    [null, undefined],
    [[RESOURCE, null], undefined],
    [undefined, undefined],
  ])('aud %j matches %s', (aud, matched) => {
    const match = matchAudience(aud === undefined ? {} : { aud }, policy)
    expect([match.matched, match.isAccepted]).toEqual([matched, matched !== undefined])
  })

  it('rejects the resource identifier where it is not an accepted audience', () => {
    const foreign = { ...policy, accepted: ['api'] }
    expect(matchAudience({ aud: RESOURCE }, foreign).isAccepted).toBe(false)
  })

  it('accepts a token that has an accepted audience, compared as whole strings', () => {
    const text = fc.constantFrom('a', 'A', 'a/', 'b', 'ab', '')
    fc.assert(
      fc.property(fc.array(text), fc.array(text), (aud, accepted) => {
        const match = matchAudience({ aud }, { ...policy, accepted })
        expect(match.isAccepted).toBe(accepted.some((each) => aud.includes(each)))
        expect(match.audience).toEqual(aud)
      }),
    )
  })

  it('reads the substitute claim only where aud is absent', () => {
    const substituted = { ...policy, substitute: 'client_id' }
    expect(matchAudience({ client_id: 'api' }, substituted).isAccepted).toBe(true)
    expect(matchAudience({ client_id: 'api', aud: [] }, substituted).isAccepted).toBe(false)
    expect(matchAudience({ client_id: ['api'] }, substituted).isAccepted).toBe(false)
    expect(matchAudience({}, { ...substituted, substitute: 'constructor' }).isAccepted).toBe(false)
  })

  it('reads no substitute where none is configured', () => {
    expect(matchAudience({ undefined: 'api' }, policy)).toEqual({
      audience: [],
      matched: undefined,
      isAccepted: false,
    })
  })
})
