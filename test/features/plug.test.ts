/** Options whose members are features: what is taken out of them, and what stays for the schema to reject. */

import { describe, expect, it } from 'vitest'
import { plugIn } from '../../src/features/plug.ts'

const create = () => {}

function feature(name: string, options: object = {}, kind = 'resource') {
  return { kind, name, create, options }
}

function plugged(given: unknown) {
  const { options, features } = plugIn(given)
  return { options: { ...options }, features: features.map(({ name }) => name) }
}

const MEMBERS = ['operations', 'mtls', 'dpop', 'revocation', 'sessions', 'audit'] as const

describe('plugIn() takes', () => {
  it.each(MEMBERS)('the feature in %s, and leaves its options', (name) => {
    const given = { resource: 'r', [name]: feature(name, { [name]: true, extra: 1 }) }
    expect(plugged(given)).toEqual({
      options: { resource: 'r', [name]: true, extra: 1 },
      features: [name],
    })
    expect(plugged({ [name]: feature(name) })).toEqual({ options: {}, features: [name] })
  })

  it('all features of the list, with their options', () => {
    const features = [feature('a', { a: 1 }), feature('b', { b: 2 }, 'binding')]
    expect(plugged({ features, audit: feature('audit', { audit: 3 }) })).toEqual({
      options: { a: 1, b: 2, audit: 3 },
      features: ['audit', 'a', 'b'],
    })
    expect(plugged({ features: [] })).toEqual({ options: {}, features: [] })
  })

  it.each(['binding', 'tokenFormat', 'operations', 'resource'])(
    'features of the kind %s',
    (kind) => {
      expect(plugged({ features: [feature('x', {}, kind)] }).features).toEqual(['x'])
    },
  )

  it('the token formats of every server, each feature once', () => {
    const introspection = (clientId: string) =>
      feature('introspection', { clientId }, 'tokenFormat')
    const custom = feature('custom', { verify: 1 }, 'tokenFormat')
    const authorizationServers = [
      { issuer: 'one', accessToken: introspection('a') },
      { issuer: 'two', accessToken: [introspection('b'), custom, 'jwt'] },
      { issuer: 'three' },
    ]
    expect(plugged({ authorizationServers })).toEqual({
      options: {
        authorizationServers: [
          { issuer: 'one', accessToken: { clientId: 'a' } },
          { issuer: 'two', accessToken: [{ clientId: 'b' }, { verify: 1 }, 'jwt'] },
          { issuer: 'three' },
        ],
      },
      features: ['introspection', 'custom'],
    })
  })

  it('the first of two features with one name, as a copy', () => {
    const value = feature('audit', { audit: 1 })
    const { features } = plugIn({ audit: value })
    expect(features[0]).toMatchObject({ kind: 'resource', name: 'audit' })
    expect(features[0]).not.toBe(value)
    const [one, other] = [{ ...feature('x', {}, 'tokenFormat') }, feature('x', {}, 'tokenFormat')]
    const authorizationServers = [
      { accessToken: { ...one, create: () => 1 } },
      { accessToken: other },
    ]
    const taken = plugIn({ authorizationServers }).features
    expect(taken.map((each) => Reflect.apply(each.create, undefined, []))).toEqual([1])
  })
})

describe('plugIn() leaves', () => {
  it.each([undefined, null, 5, 'x'])('%s as it is', (given) => {
    expect(plugIn(given)).toEqual({ options: given, features: [] })
  })

  it.each([
    ['the options themselves', { required: true }],
    ['true', true],
    ['a feature of another name', feature('mtls')],
    ['a feature without a name', { ...feature('dpop'), name: undefined }],
    ['a feature without create', { ...feature('dpop'), create: undefined }],
    ['a feature of an unknown kind', feature('dpop', {}, 'other')],
    ['an inherited feature', Object.create(feature('dpop'))],
  ])('in dpop %s', (_, dpop) => {
    const { options, features } = plugIn({ dpop })
    expect(options.dpop).toEqual(dpop)
    expect(features).toEqual([])
  })

  const [a, b] = [feature('a', { x: 1 }), feature('b', { x: 2 })]
  it.each<[string, object]>([
    ['that is not a list', { features: a }],
    ['with something else in it', { features: [a, {}] }],
    ['with one name twice', { features: [a, b, feature('b')] }],
    ['with the name of a member', { features: [b, feature('audit')], audit: feature('audit') }],
    ['that is null', { features: null }],
    ['with a feature without a name', { features: [{ ...a, name: undefined }] }],
  ])('a list of features %s', (_, given) => {
    const { options, features } = plugIn(given)
    expect(options).toMatchObject(Object.fromEntries(Object.entries(given).slice(0, 1)))
    expect(options).not.toHaveProperty('x')
    expect(features.map(({ name }) => name)).toEqual('audit' in given ? ['audit'] : [])
  })

  it('no member features where there is none', () => {
    expect(plugIn({ resource: 'r' }).options).not.toHaveProperty('features')
  })

  it.each<[string, unknown]>([
    ['servers that are not a list', { accessToken: feature('x', {}, 'tokenFormat') }],
    ['a server that is not an object', ['https://as.example', null]],
    [
      'an inherited token format',
      [Object.create({ accessToken: feature('x', {}, 'tokenFormat') })],
    ],
    ['a feature of another kind', [{ accessToken: feature('dpop', {}, 'binding') }]],
    ['a format that is null', [{ accessToken: [null] }]],
    ['a format that is not a feature', [{ accessToken: { kind: 'tokenFormat', options: 1 } }]],
  ])('%s', (_, authorizationServers) => {
    const { options, features } = plugIn({ authorizationServers })
    expect(options.authorizationServers).toEqual(authorizationServers)
    expect(features).toEqual([])
  })
})
