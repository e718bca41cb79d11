import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checkTimes,
  hasClaims,
  hasProfileClaims,
  isAccessTokenType,
  isEventToken,
  isKnownAccessToken,
  isOtherKindOfToken,
  judgeAudience,
  readClientId,
  readScopeClaim,
  readSubject,
} from '../../src/jwt/read-claims.ts'
import { createGrantReader } from '../../src/scope/grant.ts'
import { createScopeClosure } from '../../src/scope/hierarchy.ts'

const NOW = 1_800_000_000
const RESOURCE = 'https://rs.example/mcp'

describe('checkTimes()', () => {
  const policy = { toleranceSeconds: 30, maxAgeSeconds: undefined }

  it('agrees with plain arithmetic on every clock, leeway and token', () => {
    const offset = fc.integer({ min: -1000, max: 1000 })
    fc.assert(
      fc.property(
        offset,
        fc.option(offset, { nil: undefined }),
        fc.nat(300),
        (exp, nbf, leeway) => {
          const claims = { exp: NOW + exp, ...(nbf === undefined ? {} : { nbf: NOW + nbf }) }
          const judged = checkTimes(claims, { ...policy, toleranceSeconds: leeway }, NOW)
          const expected =
            exp + leeway <= 0
              ? 'token_expired'
              : nbf !== undefined && nbf > leeway
                ? 'token_not_yet_valid'
                : undefined
          expect(judged).toBe(expected)
        },
      ),
    )
  })

  it('takes nothing but finite numbers for times', () => {
    const notATime = fc
      .oneof(fc.jsonValue(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY))
      .filter((value) => !Number.isFinite(value))
    fc.assert(
      fc.property(fc.constantFrom('exp', 'nbf', 'iat'), notATime, (name, value) => {
        const claims = { exp: NOW + 60, [name]: value }
        expect(checkTimes(claims, policy, NOW)).toBe('token_claims')
      }),
    )
  })

  it.each([
    [{ iat: NOW - 600 }, undefined],
    [{ iat: NOW - 630 }, 'token_expired'],
    [{ iat: NOW - 629 }, undefined],
    [{ iat: NOW + 30 }, undefined],
    [{ iat: NOW + 31 }, 'token_not_yet_valid'],
    [{}, 'token_claims'],
  ])('with a maximum age judges %j: %s', (claims, code) => {
    const aged = { ...policy, maxAgeSeconds: 600 }
    expect(checkTimes({ exp: NOW + 3600, ...claims }, aged, NOW)).toBe(code)
  })
})

describe('judgeAudience()', () => {
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
  ])('matches aud %j with %s', (aud, matched) => {
    const judged = judgeAudience(aud === undefined ? {} : { aud }, policy)
    expect([judged.matched, judged.isAccepted]).toEqual([matched, matched !== undefined])
  })

  it('does not match the resource where it is not accepted', () => {
    const foreign = { ...policy, accepted: ['api'] }
    expect(judgeAudience({ aud: RESOURCE }, foreign).isAccepted).toBe(false)
  })

  it('accepts exactly what has a member in common, compared as text', () => {
    const text = fc.constantFrom('a', 'A', 'a/', 'b', 'ab', '')
    fc.assert(
      fc.property(fc.array(text), fc.array(text), (aud, accepted) => {
        const judged = judgeAudience({ aud }, { ...policy, accepted })
        expect(judged.isAccepted).toBe(accepted.some((each) => aud.includes(each)))
        expect(judged.audience).toEqual(aud)
      }),
    )
  })

  it('lets another claim stand for an absent aud only', () => {
    const standing = { ...policy, substitute: 'client_id' }
    expect(judgeAudience({ client_id: 'api' }, standing).isAccepted).toBe(true)
    expect(judgeAudience({ client_id: 'api', aud: [] }, standing).isAccepted).toBe(false)
    expect(judgeAudience({ client_id: ['api'] }, standing).isAccepted).toBe(false)
    expect(judgeAudience({}, { ...standing, substitute: 'constructor' }).isAccepted).toBe(false)
  })
})

describe('isAccessTokenType()', () => {
  it.each([
    ['at+jwt', true, true],
    ['application/AT+JWT', true, true],
    ['JWT', true, false],
    [undefined, true, false],
    ['application/application/at+jwt', false, false],
    ['at+jwt;v=1', false, false],
    [null, false, false],
  ])('%j: standard %s, rfc9068 %s', (typ, standard, strict) => {
    expect([isAccessTokenType(typ, 'standard'), isAccessTokenType(typ, 'rfc9068')]).toEqual([
      standard,
      strict,
    ])
  })
})

describe('isOtherKindOfToken()', () => {
  it.each([
    [{}, false, false],
    [{ nonce: 'x' }, true, false],
    [{ at_hash: 'x' }, true, true],
    [{ state: 's' }, false, false],
    [{ code: 'c' }, false, false],
    [{ state: 's', code: 'c' }, true, true],
    [{ state: 's', error: 'e' }, true, true],
    [{ token_use: 'access' }, false, false],
    [{ token_use: 'id' }, true, true],
    [{ typ: 'Offline' }, true, true],
    [{ typ: 'Bearer' }, false, false],
    [{ tokenType: 'refresh-token' }, true, true],
  ])('%j: %s, and %s where it names the resource', (claims, elsewhere, here) => {
    expect([isOtherKindOfToken(claims, false), isOtherKindOfToken(claims, true)]).toEqual([
      elsewhere,
      here,
    ])
  })
})

describe('reading claims', () => {
  it('never throws and gives scopes as texts, each once, whatever is in them', () => {
    const claims = fc.dictionary(fc.constantFrom('scope', 'scp', 'scopes', 'x'), fc.jsonValue())
    const names = fc.constantFrom(undefined, 'x', ['x', 'scope'], ['toString'])
    const grant = createGrantReader(createScopeClosure(undefined))
    fc.assert(
      fc.property(claims, fc.constantFrom('standard', 'rfc9068'), names, (each, profile, name) => {
        const { granted: scopes } = grant(readScopeClaim(each, profile, name))
        expect(scopes.every((scope) => typeof scope === 'string')).toBe(true)
        expect(new Set(scopes).size).toBe(scopes.length)
      }),
    )
  })

  it('reads own members only', () => {
    expect(readScopeClaim({}, 'standard', 'constructor')).toEqual([])
    expect(readClientId({}, 'standard', 'constructor')).toBe('')
    expect(readSubject({}, 'constructor')).toBeUndefined()
    expect(hasClaims({}, ['constructor'])).toBe(false)
  })

  it('takes the first client that is a text', () => {
    expect(readClientId({ client_id: null, azp: 5, appid: 'a' }, 'standard', undefined)).toBe('a')
    expect(readClientId({ azp: 'a' }, 'rfc9068', undefined)).toBe('')
    expect(readClientId({ client_id: 'a', x: 'b' }, 'rfc9068', 'x')).toBe('b')
  })
})

describe('isKnownAccessToken()', () => {
  const names = { scope: 'permissions', clientId: ['application', 'app'] }
  it.each([
    [{}, false],
    [{ scope: '' }, true],
    [{ scp: [] }, true],
    [{ scope: [5] }, false],
    [{ client_id: ' ' }, false],
    [{ jti: '' }, false],
    [{ jti: 'j' }, true],
  ])('%j: %s', (claims, isKnown) => {
    expect(isKnownAccessToken(claims, { names: undefined, areReplaced: false })).toBe(isKnown)
    expect(isKnownAccessToken(claims, { names: undefined, areReplaced: true })).toBe(true)
  })

  it.each([
    [{ scope: 'a', client_id: 'b' }, false],
    [{ permissions: ['a'] }, true],
    [{ application: '', app: 'b' }, true],
    [{ jti: 'j' }, true],
  ])('%j, where claims have other names: %s', (claims, isKnown) => {
    expect(isKnownAccessToken(claims, { names, areReplaced: false })).toBe(isKnown)
  })
})

describe('blank texts', () => {
  const BLANKS = [
    '',
    ' ',
    '\t\r\n',
    '\u00a0',
    '\u0085',
    '\u2003\u3000',
    '\ufeff',
    '\u200b',
    '\u0000',
  ]
  it.each(BLANKS)('%j counts as absent', (blank) => {
    expect(readSubject({ sub: blank }, undefined)).toBeUndefined()
    expect(readSubject({ uid: blank, sub: 's' }, 'uid')).toBeUndefined()
    expect(readClientId({ client_id: blank }, 'standard', undefined)).toBe('')
    expect(readClientId({ client_id: blank, azp: blank, appid: 'a' }, 'standard', undefined)).toBe(
      'a',
    )
    expect(hasClaims({ sub: blank }, ['sub'])).toBe(false)
  })

  it('and what can be seen is kept as it is', () => {
    expect(readSubject({ sub: ' a ' }, undefined)).toBe(' a ')
    expect(readSubject({ sub: '0' }, undefined)).toBe('0')
    expect(hasClaims({ sub: 0, x: false, y: [] }, ['sub', 'x', 'y'])).toBe(true)
  })
})

describe('isEventToken()', () => {
  it.each([{}, null, '', [], { x: {} }])('events: %j', (events) => {
    expect(isEventToken({ events })).toBe(true)
  })

  it('is false without the claim', () => {
    expect(isEventToken({ event: {} })).toBe(false)
  })
})

describe('each name on a list of claims counts', () => {
  it.each([
    'id',
    'refresh',
    'offline',
    'logout',
    'ID',
    'Refresh',
    'Serialized-ID',
    'InitialAccessToken',
    'RegistrationAccessToken',
  ])('typ %s: no access token', (typ) => {
    expect(isOtherKindOfToken({ typ }, true)).toBe(true)
  })

  it.each(['at_hash', 'c_hash', 's_hash'])('%s: an ID token', (name) => {
    expect(isOtherKindOfToken({ [name]: 'x' }, true)).toBe(true)
  })

  it('nonce: an ID token, unless the resource itself is the audience', () => {
    expect(isOtherKindOfToken({ nonce: 'x' }, false)).toBe(true)
    expect(isOtherKindOfToken({ nonce: 'x' }, true)).toBe(false)
  })

  it.each(['code', 'error', 'access_token', 'id_token'])(
    '%s beside state: an authorization response',
    (name) => {
      expect(isOtherKindOfToken({ [name]: 'x' }, true)).toBe(false)
      expect(isOtherKindOfToken({ [name]: 'x', state: 's' }, true)).toBe(true)
    },
  )

  it.each(['scope', 'scp', 'scopes', 'client_id', 'azp', 'appid', 'cid', 'jti'])(
    '%s: a sign of an access token',
    (name) => {
      const signs = { names: undefined, areReplaced: false }
      expect(isKnownAccessToken({ sub: 's', [name]: 'x' }, signs)).toBe(true)
      for (const nothing of [null, 5, undefined]) {
        expect(isKnownAccessToken({ sub: 's', [name]: nothing }, signs)).toBe(false)
      }
    },
  )

  it.each(['scope', 'scp', 'scopes'])('%s: scopes, where those before it are not there', (name) => {
    expect(readScopeClaim({ scope: null, [name]: 'read write' }, 'standard', undefined)).toBe(
      'read write',
    )
  })

  it.each(['client_id', 'azp', 'appid', 'cid'])('%s: the client', (name) => {
    expect(readClientId({ [name]: 'app' }, 'standard', undefined)).toBe('app')
  })

  it.each(['iss', 'sub', 'client_id', 'jti', 'iat'])('%s: demanded by the profile', (name) => {
    const claims = { iss: 'i', sub: 's', client_id: 'c', jti: 'j', iat: NOW }
    expect(hasProfileClaims(claims)).toBe(true)
    expect(hasProfileClaims({ ...claims, [name]: undefined })).toBe(false)
    for (const blank of ['', ' ', '\u3000\t'])
      expect(hasProfileClaims({ ...claims, [name]: blank })).toBe(false)
  })

  it('and a subject is a text', () => {
    expect(readSubject({ sub: 5 }, undefined)).toBeUndefined()
  })

  it('and a media type loses its prefix, and nothing else', () => {
    expect(isAccessTokenType('application/at+jwt', 'standard')).toBe(true)
    expect(isAccessTokenType('atapplication/+jwt', 'standard')).toBe(false)
  })
})
