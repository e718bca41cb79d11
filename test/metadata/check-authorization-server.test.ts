import { describe, expect, test } from 'vitest'
import {
  type AuthorizationServerMetadata,
  checkAuthorizationServer,
  type Finding,
} from '../../src/index.ts'
import { ISSUER, RESOURCE } from '../support/issuer.ts'
import { unchecked } from '../support/unchecked.ts'

/** A server that has everything; each case takes something away from it. */
const GOOD: AuthorizationServerMetadata = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/authorize`,
  token_endpoint: `${ISSUER}/token`,
  jwks_uri: `${ISSUER}/jwks`,
  response_types_supported: ['code'],
  grant_types_supported: ['authorization_code', 'refresh_token'],
  code_challenge_methods_supported: ['S256'],
  client_id_metadata_document_supported: true,
  authorization_response_iss_parameter_supported: true,
  dpop_signing_alg_values_supported: ['ES256'],
  token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
  scopes_supported: ['read'],
  protected_resources: [RESOURCE],
}

const IDS = [
  'issuer',
  'members',
  'authorization-endpoint',
  'token-endpoint',
  'code-flow',
  'pkce',
  'client-registration',
  'issuer-parameter',
  'keys',
  'dpop',
  'public-clients',
  'refresh',
  'scopes',
  'protected-resources',
  'signed-metadata',
  'scope-form',
  'resource-form',
  'challenge-scopes',
  'enterprise-authorization',
]

interface Case {
  readonly id: string
  readonly title: string
  readonly change: Record<string, unknown>
  readonly level: Finding['level']
  /** What the message must speak of: the member, and the consequence or the remedy. */
  readonly says: RegExp
}

const FAILING: readonly Case[] = [
  fails('issuer', 'no issuer', { issuer: undefined }, 'error', /issuer is missing.*discard/),
  fails('issuer', 'plain http', { issuer: 'http://as.example' }, 'error', /https URL.*RFC 8414/),
  fails('issuer', 'a query', { issuer: `${ISSUER}?a` }, 'error', /neither query nor fragment/),
  fails('issuer', 'a pattern', { issuer: `${ISSUER}/{tenantid}` }, 'error', /placeholder.*discard/),
  fails('issuer', 'no URL', { issuer: 'acme.com' }, 'error', /not a URL/),
  fails(
    'members',
    'a text for a list',
    { scopes_supported: 'read' },
    'error',
    /^scopes_supported:/,
  ),
  fails('members', 'a number in a list', { grant_types_supported: [1] }, 'error', /^grant_types/),
  fails('members', 'null', { registration_endpoint: null }, 'error', /^registration_endpoint:/),
  fails(
    'members',
    'a text for a flag, and a number for a text',
    { client_id_metadata_document_supported: 'true', jwks_uri: 5 },
    'error',
    /^jwks_uri, client_id_metadata_document_supported: wrong type/,
  ),
  fails(
    'authorization-endpoint',
    'none',
    { authorization_endpoint: undefined },
    'error',
    /authorization_endpoint is missing: clients cannot send their users/,
  ),
  fails(
    'authorization-endpoint',
    'plain http',
    { authorization_endpoint: 'http://as.example/authorize' },
    'error',
    /authorization_endpoint is not an https URL/,
  ),
  fails('token-endpoint', 'none', { token_endpoint: undefined }, 'error', /token_endpoint is miss/),
  fails('token-endpoint', 'a path', { token_endpoint: '/token' }, 'error', /not an https URL/),
  fails(
    'code-flow',
    'no response types',
    { response_types_supported: undefined },
    'error',
    /response_types_supported does not list code/,
  ),
  fails(
    'code-flow',
    'implicit only',
    { response_types_supported: ['token', 'code token'] },
    'error',
    /response_types_supported does not list code/,
  ),
  fails(
    'code-flow',
    'no code grant',
    { grant_types_supported: ['client_credentials'] },
    'error',
    /grant_types_supported does not list authorization_code/,
  ),
  fails(
    'pkce',
    'nothing said',
    { code_challenge_methods_supported: undefined },
    'warning',
    /missing: MCP clients must .*refuse to log in.*Publish/,
  ),
  fails(
    'pkce',
    'plain only',
    { code_challenge_methods_supported: ['plain'] },
    'error',
    /does not list S256: MCP clients must use S256 and reject/,
  ),
  fails(
    'client-registration',
    'neither way',
    { client_id_metadata_document_supported: undefined },
    'warning',
    /Neither client_id_metadata_document_supported nor .*registered by hand/,
  ),
  fails(
    'client-registration',
    'registration over http',
    {
      client_id_metadata_document_supported: false,
      registration_endpoint: 'http://as.example/register',
    },
    'warning',
    /https registration_endpoint/,
  ),
  fails(
    'issuer-parameter',
    'nothing said',
    { authorization_response_iss_parameter_supported: undefined },
    'warning',
    /authorization_response_iss_parameter_supported is not true/,
  ),
  fails('keys', 'no key set', { jwks_uri: undefined }, 'warning', /jwks_uri is missing.*jwksUri/),
  fails(
    'keys',
    'no key set, and introspection over http',
    { jwks_uri: undefined, introspection_endpoint: 'http://as.example/introspect' },
    'warning',
    /jwks_uri is missing.*jwksUri/,
  ),
  fails('keys', 'keys over http', { jwks_uri: 'http://as.example/jwks' }, 'error', /not an https/),
  fails(
    'dpop',
    'another algorithm only',
    { dpop_signing_alg_values_supported: ['RS256'] },
    'warning',
    /does not list ES256/,
  ),
  fails(
    'dpop',
    'a symmetric algorithm',
    { dpop_signing_alg_values_supported: ['ES256', 'HS256'] },
    'warning',
    /not asymmetric/,
  ),
  fails(
    'dpop',
    'no algorithm at all',
    { dpop_signing_alg_values_supported: ['none', 'ES256'] },
    'warning',
    /not asymmetric/,
  ),
  fails(
    'public-clients',
    'nothing said, so client_secret_basic',
    { token_endpoint_auth_methods_supported: undefined },
    'warning',
    /does not list none/,
  ),
  fails(
    'public-clients',
    'secrets only',
    { token_endpoint_auth_methods_supported: ['client_secret_post'] },
    'warning',
    /does not list none/,
  ),
  fails(
    'refresh',
    'neither grant nor scope',
    { grant_types_supported: ['authorization_code'] },
    'warning',
    /refresh_token nor scopes_supported offline_access/,
  ),
  fails('scopes', 'nothing said', { scopes_supported: undefined }, 'warning', /challengeScopes/),
  fails(
    'protected-resources',
    'another spelling',
    { protected_resources: [`${RESOURCE}/`, 'https://other.example'] },
    'warning',
    /does not list the resource, character by character/,
  ),
]

const PASSING: readonly Omit<Case, 'level'>[] = [
  passes('issuer', 'loopback', { issuer: 'http://localhost:9000' }, /is a loopback http URL/),
  passes('members', 'unknown members', { tenant_region_scope: null }, /right type/),
  passes(
    'token-endpoint',
    'loopback',
    { token_endpoint: 'http://127.0.0.1:9000/token' },
    /is a loopback http URL/,
  ),
  passes(
    'code-flow',
    'no grant types, so the code grant',
    { grant_types_supported: undefined },
    /code flow/,
  ),
  passes(
    'pkce',
    'plain beside S256',
    { code_challenge_methods_supported: ['plain', 'S256'] },
    /S256 is advertised/,
  ),
  passes(
    'client-registration',
    'dynamic registration',
    {
      client_id_metadata_document_supported: undefined,
      registration_endpoint: `${ISSUER}/register`,
    },
    /registration_endpoint.*deprecated/,
  ),
  passes(
    'keys',
    'introspection alone',
    { jwks_uri: undefined, introspection_endpoint: `${ISSUER}/introspect` },
    /verified by introspection/,
  ),
  passes('dpop', 'no DPoP', { dpop_signing_alg_values_supported: undefined }, /bearer tokens/),
  passes(
    'refresh',
    'the scope alone',
    { grant_types_supported: undefined, scopes_supported: ['offline_access'] },
    /refresh/,
  ),
  passes('protected-resources', 'no list', { protected_resources: undefined }, /not published/),
  passes('signed-metadata', 'anything signed', { signed_metadata: 'e30.e30.' }, /ignored/),
]

describe('checkAuthorizationServer() gives', () => {
  test('one finding per check, in order, each with its section', () => {
    const findings = checkAuthorizationServer(GOOD, RESOURCE)
    expect(findings.map(({ id }) => id)).toEqual(IDS)
    for (const { spec, message } of findings) {
      expect(spec).toMatch(/^(RFC \d|MCP 20)/)
      expect(message).toMatch(/^\S.*\.$/)
    }
  })

  test('only passes for a complete server', () => {
    const levels = checkAuthorizationServer(GOOD, RESOURCE).map(({ level }) => level)
    expect(new Set(levels)).toEqual(new Set(['pass']))
  })

  test.each(PASSING)('a pass for $id with $title', ({ id, change, says }) => {
    const finding = findingOf(id, change)
    expect(finding).toMatchObject({ id, level: 'pass' })
    expect(finding.message).toMatch(says)
  })

  test('a pass for protected-resources when no resource is named', () => {
    const found = checkAuthorizationServer({ ...GOOD, protected_resources: [] })
    expect(found.find(({ id }) => id === 'protected-resources')).toMatchObject({ level: 'pass' })
  })
})

/** Findings that depend on the resource and its scopes. */
interface ResourceCase {
  readonly id: string
  readonly title: string
  readonly change?: Record<string, unknown>
  readonly resource?: string
  readonly scopes?: readonly string[]
  readonly level: Finding['level']
  readonly says: RegExp
}

const ENTRA = { issuer: 'https://login.microsoftonline.com/t/v2.0' }
const CIAM = { issuer: 'https://t.ciamlogin.com/t/v2.0' }
const COGNITO = { issuer: 'https://cognito-idp.eu-west-2.amazonaws.com/eu-west-2_A' }
const COGNITO_UPDATED = { issuer: COGNITO.issuer.replace('//', '//issuer-') }
const ID_JAG = 'urn:ietf:params:oauth:grant-profile:id-jag'
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

const ABOUT_RESOURCES: readonly ResourceCase[] = [
  { id: 'scope-form', title: 'no scopes', level: 'pass', says: /No scopes/ },
  {
    ...{ id: 'scope-form', title: 'a list in one scope', level: 'warning', says: /comma/ },
    scopes: ['read,write'],
  },
  ...[ENTRA, CIAM].flatMap((change): ResourceCase[] => [
    {
      ...{ id: 'scope-form', title: `a short name at ${change.issuer}`, level: 'error' },
      ...{ change, scopes: ['openid', 'notes.read'], says: /AADSTS650053/ },
    },
    {
      ...{ id: 'scope-form', title: `a long name at ${change.issuer}`, level: 'pass' },
      ...{ change, scopes: ['openid', `${RESOURCE}/notes.read`], says: /this form/ },
    },
    {
      ...{ id: 'resource-form', title: `other scopes at ${change.issuer}`, level: 'error' },
      ...{ change, scopes: ['api://app/notes.read'], says: /AADSTS9010010/ },
    },
    {
      ...{ id: 'resource-form', title: `a slash too many at ${change.issuer}`, level: 'error' },
      ...{ change, resource: `${RESOURCE}/`, scopes: [`${RESOURCE}/read`], says: /AADSTS9010010/ },
    },
    {
      ...{ id: 'resource-form', title: `a host of Azure at ${change.issuer}`, level: 'warning' },
      ...{ change, resource: 'https://notes.azurewebsites.net/mcp', says: /custom domain/ },
    },
    {
      ...{ id: 'resource-form', title: `the App ID URI at ${change.issuer}`, level: 'pass' },
      ...{ change, scopes: [`${RESOURCE}/notes.read`], says: /as it is published/ },
    },
  ]),
  {
    ...{ id: 'scope-form', title: 'a short name elsewhere', level: 'pass', says: /this form/ },
    scopes: ['notes.read'],
  },
  ...[COGNITO, COGNITO_UPDATED].map((change): ResourceCase => {
    return {
      ...{ id: 'scope-form', title: `a short name at ${change.issuer}`, level: 'error' },
      ...{ change, scopes: ['read'], says: /invalid_scope/ },
    }
  }),
  {
    ...{ id: 'scope-form', title: 'a long name at Cognito', level: 'pass', says: /this form/ },
    ...{ change: COGNITO, scopes: ['notes/read', 'aws.cognito.signin.user.admin'] },
  },
  ...['https://rs.example', 'https://rs.example/'].map((resource): ResourceCase => {
    return {
      ...{ id: 'resource-form', title: resource, level: 'warning', resource },
      says: /origin without a path/,
    }
  }),
  {
    ...{ id: 'resource-form', title: 'a host of Azure elsewhere', level: 'pass' },
    ...{ resource: 'https://notes.azurewebsites.net/mcp', says: /as it is published/ },
  },
  {
    ...{ id: 'challenge-scopes', title: 'a scope too few', level: 'warning', says: /Gemini CLI/ },
    scopes: ['read', 'write'],
  },
  {
    ...{ id: 'challenge-scopes', title: 'all scopes', level: 'pass', says: /omits no scope/ },
    scopes: ['read'],
  },
  {
    ...{
      id: 'challenge-scopes',
      title: 'no list of scopes',
      level: 'pass',
      says: /omits no scope/,
    },
    ...{ scopes: ['read'], change: { scopes_supported: undefined } },
  },
  {
    ...{ id: 'enterprise-authorization', title: 'no profile', level: 'pass' },
    says: /log in themselves/,
  },
  {
    ...{ id: 'enterprise-authorization', title: 'both', level: 'pass', says: /identity assertion/ },
    change: {
      authorization_grant_profiles_supported: [ID_JAG],
      grant_types_supported: ['authorization_code', JWT_BEARER],
    },
  },
  {
    ...{ id: 'enterprise-authorization', title: 'no grant', level: 'warning', says: /jwt-bearer/ },
    change: { authorization_grant_profiles_supported: [ID_JAG] },
  },
]

describe('checkAuthorizationServer() compares with the resource', () => {
  test.each(ABOUT_RESOURCES)('$level: $id with $title', (row) => {
    const { id, change, resource = RESOURCE, scopes, level, says } = row
    const document = { ...GOOD, ...change } as AuthorizationServerMetadata
    const found = checkAuthorizationServer(document, resource, scopes)
    const finding = found.find((each) => each.id === id)
    expect(finding).toMatchObject({ id, level })
    expect(finding?.message).toMatch(says)
  })
})

describe('checkAuthorizationServer() finds', () => {
  test.each(FAILING)('$level: $id with $title', ({ id, change, level, says }) => {
    const finding = findingOf(id, change)
    expect(finding).toMatchObject({ id, level })
    expect(finding.message).toMatch(says)
  })

  test('mistakes with every check except signed-metadata', () => {
    const faulty = new Set([...FAILING, ...ABOUT_RESOURCES].map(({ id }) => id))
    expect(IDS.filter((id) => !faulty.has(id))).toEqual(['signed-metadata'])
  })
})

describe('checkAuthorizationServer() never', () => {
  test('changes the document', () => {
    const document = structuredClone(GOOD)
    checkAuthorizationServer(document, RESOURCE)
    expect(document).toEqual(GOOD)
  })

  test('repeats text of the server', () => {
    const marker = 'https://marker.example/\u001b[31m?#'
    const document = unchecked<AuthorizationServerMetadata>(
      Object.fromEntries(
        Object.keys(GOOD).map((name) => [name, Array.isArray(GOOD[name]) ? [marker] : marker]),
      ),
    )
    expect(JSON.stringify(checkAuthorizationServer(document, RESOURCE))).not.toContain('marker')
  })

  test('throws', () => {
    for (const value of [null, 0, '', [], {}, [null]]) {
      const document = unchecked<AuthorizationServerMetadata>(
        Object.fromEntries(Object.keys(GOOD).map((name) => [name, value])),
      )
      expect(checkAuthorizationServer(document, RESOURCE)).toHaveLength(IDS.length)
    }
  })
})

function findingOf(id: string, change: Record<string, unknown>): Finding {
  const document = { ...GOOD, ...change } as AuthorizationServerMetadata
  const found = checkAuthorizationServer(document, RESOURCE).find((each) => each.id === id)
  if (found === undefined) throw new Error(`no finding ${id}`)
  return found
}

function fails(
  id: string,
  title: string,
  change: Record<string, unknown>,
  level: Finding['level'],
  says: RegExp,
): Case {
  return { id, title, change, level, says }
}

function passes(
  id: string,
  title: string,
  change: Record<string, unknown>,
  says: RegExp,
): Omit<Case, 'level'> {
  return { id, title, change, says }
}
