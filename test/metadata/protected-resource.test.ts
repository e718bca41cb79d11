import { describe, expect, it } from 'vitest'
import {
  buildProtectedResourceMetadata,
  OWN_MEMBERS,
  type ProtectedResourceFacts,
} from '../../src/metadata/protected-resource.ts'

const FACTS: ProtectedResourceFacts = {
  resource: 'https://rs.example/mcp',
  issuers: ['https://as.example'],
  scopesSupported: [],
  usesAuthorizationHeader: true,
  features: {},
  further: {},
}

describe('buildProtectedResourceMetadata()', () => {
  it('builds the minimal document', () => {
    expect(buildProtectedResourceMetadata(FACTS)).toEqual({
      resource: 'https://rs.example/mcp',
      authorization_servers: ['https://as.example'],
      bearer_methods_supported: ['header'],
    })
  })

  it('states what is enforced, and omits false', () => {
    const features = {
      dpop_signing_alg_values_supported: ['ES256', 'EdDSA'],
      dpop_bound_access_tokens_required: true,
      tls_client_certificate_bound_access_tokens: true,
    }
    const document = buildProtectedResourceMetadata({
      ...FACTS,
      scopesSupported: ['read'],
      features,
    })
    expect(document).toEqual({
      resource: 'https://rs.example/mcp',
      authorization_servers: ['https://as.example'],
      scopes_supported: ['read'],
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: ['ES256', 'EdDSA'],
      dpop_bound_access_tokens_required: true,
      tls_client_certificate_bound_access_tokens: true,
    })
    const optional = buildProtectedResourceMetadata({
      ...FACTS,
      features: { ...features, dpop_bound_access_tokens_required: undefined },
    })
    expect(optional).not.toHaveProperty('dpop_bound_access_tokens_required')
    for (const name of Object.keys(document)) {
      expect(OWN_MEMBERS.has(name)).toBe(name !== 'bearer_methods_supported')
    }
  })

  it('omits empty members, but keeps false, zero, the empty string and nested values', () => {
    const kept = { a: false, b: 0, c: '', d: [null], e: { f: [] } }
    const further = { ...kept, g: null, h: undefined, i: [] }
    const { resource, authorization_servers, bearer_methods_supported, ...rest } =
      buildProtectedResourceMetadata({ ...FACTS, further })
    expect(rest).toEqual(kept)
    expect(Object.keys(rest)).toEqual(Object.keys(kept))
  })

  it('keeps an explicit list of methods, also an empty one', () => {
    const methods = (value: unknown) =>
      buildProtectedResourceMetadata({ ...FACTS, further: { bearer_methods_supported: value } })
    expect(methods([])['bearer_methods_supported']).toEqual([])
    expect(methods(undefined)['bearer_methods_supported']).toEqual(['header'])
    const silent = buildProtectedResourceMetadata({ ...FACTS, usesAuthorizationHeader: false })
    expect(silent).not.toHaveProperty('bearer_methods_supported')
  })
})
