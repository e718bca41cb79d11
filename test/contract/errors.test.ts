import { describe, expect, it } from 'vitest'
import {
  AuthError,
  ConfigError,
  isAuthError,
  isConfigError,
  isUpstreamError,
  requireScopes,
  UpstreamError,
} from '../../src/index.ts'
import { thrownBy } from '../support/thrown-by.ts'
import { unchecked } from '../support/unchecked.ts'

const URL = 'https://as.example/jwks'
const PROBLEM = { path: 'resource', message: 'is missing' }

const CASES = [
  { error: new AuthError('token_expired'), guard: isAuthError, name: 'AuthError' },
  { error: new UpstreamError('timeout', URL), guard: isUpstreamError, name: 'UpstreamError' },
  { error: new ConfigError([PROBLEM]), guard: isConfigError, name: 'ConfigError' },
]

describe.each(CASES)('$guard.name()', ({ error, guard, name }) => {
  it('accepts only its own class', () => {
    const accepted = CASES.map((each) => each.error).filter(guard)
    expect(accepted).toEqual([error])
    expect(error.name).toBe(name)
  })

  it('accepts an error of another copy of the package', () => {
    const foreign = Object.assign(new Error('foreign'), {
      [Symbol.for(`mcp-gatehouse.${name}`)]: true,
    })
    expect(guard(foreign)).toBe(true)
  })

  it.each([undefined, null, 'error', new Error('plain'), Object.create(error)])(
    'rejects %s',
    (value) => {
      expect(guard(value)).toBe(false)
    },
  )

  it('does not show the brand in an enumeration', () => {
    expect(Object.getOwnPropertySymbols({ ...error })).toEqual([])
  })
})

describe('UpstreamError', () => {
  it('has the code and the URL as its default message', () => {
    expect(new UpstreamError('timeout', URL)).toMatchObject({
      message: `timeout: ${URL}`,
      retryAfterSeconds: undefined,
      status: undefined,
    })
  })

  it('holds every option', () => {
    const options = {
      message: 'the issuer differs',
      retryAfterSeconds: 17,
      status: 200,
      missing: 'jwks_uri',
      expected: ['https://as.example'],
      received: ['https://other.example'],
    }
    expect(new UpstreamError('issuer_mismatch', URL, options)).toMatchObject(options)
  })
})

describe('AuthError', () => {
  it.each(['nope', 'constructor', '__proto__', '', undefined])('rejects %s as its code', (code) => {
    expect(() => new AuthError(unchecked<'internal'>(code))).toThrow(
      new TypeError(`Unknown code: ${code}`),
    )
  })
})

describe('requireScopes()', () => {
  it.each([undefined, null, 'notes:read', new Set(['notes:read'])])(
    'takes no %s in the place of an array',
    (scopes) => {
      for (const auth of [undefined, { scopes: ['notes:read'] }]) {
        expect(() => requireScopes(auth, unchecked<string[]>(scopes))).toThrow(
          new TypeError('scopes must be an array.'),
        )
      }
    },
  )

  it('is satisfied by no token where the list has holes', () => {
    const auth = { scopes: ['notes:read'] }
    expect(thrownBy(() => requireScopes(auth, new Array(1)))).toMatchObject({
      code: 'scope_insufficient',
    })
  })
})
