/** Features as values of the core entry, and what each of them gives for its options. */

import { describe, expect, it } from 'vitest'
import { AUDIT } from '../../src/features/audit.ts'
import { DPOP } from '../../src/features/dpop.ts'
import { createExplanation } from '../../src/features/missing.ts'
import { MTLS } from '../../src/features/mtls.ts'
import { OPERATIONS } from '../../src/features/operations.ts'
import { optionsOf } from '../../src/features/options-of.ts'
import { REVOCATION } from '../../src/features/revocation.ts'
import { SESSIONS } from '../../src/features/sessions.ts'
import * as values from '../../src/features/values.ts'
import type { Settings } from '../../src/resource/settings.ts'

const RESOURCE = 'https://rs.example/mcp'
const PARTS = { servers: [] }
const run = () => {}

function settingsWith(options: Partial<Settings>): Settings {
  return { resource: RESOURCE, servers: [], challengeScopes: 'resource', ...options } as Settings
}

describe('a value is its feature with its options', () => {
  const verify = async () => null
  const secret = 's'.repeat(32)
  it.each<[string, { name: string; options?: object | undefined }, string, object]>([
    ['dpop()', values.dpop(), 'dpop', { dpop: true }],
    ['dpop(options)', values.dpop({ required: true }), 'dpop', { dpop: { required: true } }],
    ['dpop(false)', values.dpop(JSON.parse('false')), 'dpop', { dpop: null }],
    ['mtls()', values.mtls(), 'mtls', { mtls: true }],
    ['mtls(options)', values.mtls({ required: true }), 'mtls', { mtls: { required: true } }],
    [
      'operations()',
      values.operations({ '*': ['a'] }, { maxBodyBytes: 5 }),
      'operations',
      { operations: { '*': ['a'] }, maxBodyBytes: 5 },
    ],
    [
      'operations() without a policy',
      values.operations(undefined as never),
      'operations',
      { operations: null },
    ],
    [
      'introspection()',
      values.introspection({ clientId: 'us', clientSecret: 's' }),
      'introspection',
      { clientId: 'us', clientSecret: 's', kind: 'introspection' },
    ],
    ['custom()', values.custom({ verify }), 'custom', { verify, kind: 'custom' }],
    [
      'revocation()',
      values.revocation({ statusList: true }),
      'revocation',
      { revocation: { statusList: true } },
    ],
    ['sessions()', values.sessions({ secret }), 'sessions', { sessions: { secret } }],
    [
      'sessions() without options',
      values.sessions(undefined as never),
      'sessions',
      { sessions: null },
    ],
    ['audit()', values.audit(run), 'audit', { audit: run }],
    ['audit() without a function', values.audit(undefined as never), 'audit', { audit: null }],
  ])('%s', (_, value, name, options) => {
    expect(value.name).toBe(name)
    expect({ ...value.options }).toEqual(options)
    expect(Object.getPrototypeOf(value.options)).toBeNull()
  })
})

describe('optionsOf()', () => {
  it('is off for undefined and false, and all defaults for true', () => {
    const options = { required: true }
    expect([undefined, false].map(optionsOf)).toEqual([undefined, undefined])
    expect(optionsOf(options)).toBe(options)
    const defaults = optionsOf(true)
    expect([{ ...defaults }, Object.getPrototypeOf(defaults)]).toEqual([{}, null])
  })
})

describe('dpop', () => {
  const create = (options: Partial<Settings>) => DPOP.create(settingsWith(options))

  it('warns of a memory that machines do not share, unless a store or false is given', () => {
    const warnings = (dpop: Settings['dpop']) => DPOP.warnings?.(settingsWith({ dpop }))
    expect(warnings(true)).toEqual([
      {
        path: 'dpop.replay',
        message:
          'is the memory of one isolate: others accept a proof again; give a shared ReplayStore, or false for none',
      },
    ])
    for (const dpop of [undefined, false, { replay: false as const }]) {
      expect(warnings(dpop)).toEqual([])
    }
  })

  it('names its algorithms in the metadata, and whether proofs are required', () => {
    const metadata = (dpop: Settings['dpop']) => DPOP.metadata?.(settingsWith({ dpop }))
    expect(metadata(undefined)).toEqual({})
    expect(metadata({ algorithms: ['ES256'], required: true })).toEqual({
      dpop_signing_alg_values_supported: ['ES256'],
      dpop_bound_access_tokens_required: true,
    })
    expect(metadata({ algorithms: ['ES256'] })).toEqual({
      dpop_signing_alg_values_supported: ['ES256'],
      dpop_bound_access_tokens_required: undefined,
    })
  })

  it('is a binding by jkt, a text, which is optional by default', () => {
    expect(create({})).toBeUndefined()
    const binding = create({ dpop: { algorithms: ['ES256', 'EdDSA'] } })
    expect(binding).toMatchObject({
      method: 'jkt',
      required: false,
      dpop: { algs: 'ES256 EdDSA' },
    })
    expect([binding?.isSupported?.('a'), binding?.isSupported?.(5)]).toEqual([true, false])
    expect(create({ dpop: { required: true } })?.required).toBe(true)
  })
})

describe('mtls', () => {
  const create = (mtls: Settings['mtls']) => MTLS.create(settingsWith({ mtls }))

  it('says in the metadata whether it is on', () => {
    const metadata = (mtls: Settings['mtls']) => MTLS.metadata?.(settingsWith({ mtls }))
    const name = 'tls_client_certificate_bound_access_tokens'
    expect(metadata(true)).toEqual({ [name]: true })
    expect(metadata(undefined)).toEqual({ [name]: undefined })
  })

  it('needs the certificate of the connection where it is required, unless a header has it', () => {
    expect(create(undefined)).toBeUndefined()
    expect(create(true)).toMatchObject({
      method: 'x5t#S256',
      required: false,
      requiresCertificate: false,
    })
    expect(create({ required: true })).toMatchObject({ required: true, requiresCertificate: true })
    expect(create({ required: true, dangerouslyTrustHeader: 'X-Cert' })).toMatchObject({
      required: true,
      requiresCertificate: false,
    })
  })
})

describe('operations', () => {
  it('warns that scopes are reported only', () => {
    const warnings = (decisionMode: 'enforce' | 'report') =>
      OPERATIONS.warnings?.(settingsWith({ decisionMode }))
    expect(warnings('enforce')).toEqual([])
    expect(warnings('report')).toEqual([
      {
        path: 'decisionMode',
        message:
          "is 'report': scopes and denials of operations are reported and not enforced; remove the option to enforce them",
      },
    ])
  })

  it('reads no body without rules, and has the limits of the options', () => {
    const limits = { maxBodyBytes: 5, bodyTimeoutMs: 6, decisionTimeoutMs: 7 }
    expect(OPERATIONS.create(settingsWith(limits))).toBeUndefined()
    for (const decisionMode of ['enforce', 'report'] as const) {
      const options = { ...limits, decisionMode, operations: { '*': ['a'] } }
      const reading = OPERATIONS.create(settingsWith(options))
      expect(reading).toMatchObject({ ...limits, isReportOnly: decisionMode === 'report' })
      expect(Object.keys(reading?.steps ?? {})).toEqual([
        'readOperations',
        'combinedRulesOf',
        'checkRules',
        'checkAnonymous',
        'withScopesOfOperations',
      ])
    }
  })
})

it.each([
  ['audit', AUDIT, { audit: run }],
  ['revocation', REVOCATION, { revocation: { isRevoked: () => false } }],
  ['sessions', SESSIONS, { sessions: { secret: 's'.repeat(32) } }],
] as const)('%s fills its slot only where its option is set', (name, feature, options) => {
  expect(feature.create(settingsWith({}), PARTS)?.[name]).toBeUndefined()
  expect(Object.keys(feature.create(settingsWith(options), PARTS))).toEqual([name])
  expect(feature.create(settingsWith(options), PARTS)[name]).toBeInstanceOf(Object)
})

it('a feature that is unknown is not explained', () => {
  const events: object[] = []
  const explain = createExplanation({ resource: RESOURCE, onEvent: (event) => events.push(event) })
  for (const name of ['toString', 'other']) explain(name)
  expect(events).toEqual([])
})
