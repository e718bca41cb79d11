/** Presets of hosted login services. */

import {
  auth0,
  clerk,
  descope,
  okta,
  scalekit,
  stytch,
  supabase,
  workos,
} from '../../../src/providers/index.ts'
import { onlyFor, RESOURCE, type Row } from './preset-row.ts'

const CLERK_CLIENT = 'client_2VTWUzvGC5UhdJCNx6xG1D98edc'
const STYTCH_PROJECT = 'project-test-d06972e8-6af2-4952-bcb0-44d795ec5d6f'
const WORKOS_CLIENT = 'client_01KAVKB3S313R5M49EMHDR3HYN'

export const HOSTED_ROWS: readonly Row[] = [
  {
    name: 'auth0()',
    vector: 'auth0',
    server: auth0({ domain: 'my-domain.us.auth0.com', audience: 'https://example.com/health-api' }),
    requests: [
      'https://my-domain.us.auth0.com/.well-known/oauth-authorization-server',
      'https://my-domain.us.auth0.com/.well-known/jwks.json',
    ],
    good: [
      { title: 'the default profile', token: 'auth0-profile' },
      { title: 'the RFC 9068 profile', token: 'rfc9068-profile' },
      {
        title: 'RBAC, without its permissions as scopes',
        token: 'rbac-permissions',
        claims: { aud: 'https://example.com/health-api' },
      },
      { title: 'a service', token: 'm2m', claims: { aud: 'https://example.com/health-api' } },
    ],
    bad: [
      {
        title: 'a token for userinfo only',
        claims: onlyFor('https://my-domain.us.auth0.com/userinfo'),
        code: 'token_audience',
      },
      { title: 'an ID token', claims: { aud: 'my_client_id', nonce: 'n' }, code: 'token_type' },
      {
        title: 'an issuer without its slash',
        claims: { iss: 'https://my-domain.us.auth0.com' },
        code: 'token_issuer',
      },
    ],
    faults: ['issuer-parameter', 'public-clients'],
  },
  {
    name: 'okta()',
    vector: 'okta',
    server: okta({ domain: 'dev-000000.okta.com' }),
    requests: [
      'https://dev-000000.okta.com/.well-known/oauth-authorization-server/oauth2/default',
      'https://dev-000000.okta.com/oauth2/default/v1/keys',
    ],
    good: [
      {
        title: 'a user, by the constant ID',
        token: 'custom-as-user',
        expect: { subject: '00uc5sopceb89h5Sk356' },
      },
      {
        title: 'a service',
        claims: { uid: undefined, scp: ['x'] },
        expect: { subject: null, scopes: ['x'] },
      },
    ],
    bad: [
      {
        title: 'an ID token',
        claims: { aud: '0oac5s46zwh5crGiH356', cid: undefined },
        code: 'token_audience',
      },
      {
        title: 'a token of the org authorization server',
        claims: { iss: 'https://dev-000000.okta.com', aud: 'https://dev-000000.okta.com' },
        code: 'token_issuer',
      },
    ],
    faults: ['issuer-parameter'],
  },
  {
    name: 'workos()',
    vector: 'workos',
    server: workos({ domain: 'example-network-00.authkit.app' }),
    requests: [
      'https://example-network-00.authkit.app/.well-known/oauth-authorization-server',
      'https://example-network-00.authkit.app/oauth2/jwks',
    ],
    good: [{ title: 'a resource indicator', token: 'resource-indicator' }],
    bad: [
      { title: 'no resource indicator', token: 'no-resource-indicator', code: 'token_audience' },
      { title: 'a session', token: 'user-management-session', code: 'token_issuer' },
    ],
    faults: ['issuer-parameter'],
  },
  {
    name: 'workos(), while it is being switched',
    vector: 'workos',
    server: workos({
      domain: 'example-network-00.authkit.app',
      audience: [RESOURCE, WORKOS_CLIENT],
    }),
    requests: [
      'https://example-network-00.authkit.app/.well-known/oauth-authorization-server',
      'https://example-network-00.authkit.app/oauth2/jwks',
    ],
    good: [
      { title: 'a resource indicator', token: 'resource-indicator' },
      { title: 'no resource indicator', token: 'no-resource-indicator' },
    ],
    bad: [
      {
        title: 'an ID token',
        token: 'no-resource-indicator',
        claims: { nonce: 'n' },
        code: 'token_type',
      },
      {
        title: 'an ID token without nonce, which has no session',
        token: 'no-resource-indicator',
        claims: { sid: undefined },
        code: 'token_claims',
      },
    ],
    faults: ['issuer-parameter'],
  },
  {
    name: 'clerk()',
    vector: 'clerk',
    server: clerk({ domain: 'well-hagfish-71.clerk.accounts.dev', clientIds: [CLERK_CLIENT] }),
    requests: [
      'https://well-hagfish-71.clerk.accounts.dev/.well-known/oauth-authorization-server',
      'https://well-hagfish-71.clerk.accounts.dev/.well-known/jwks.json',
    ],
    good: [
      { title: 'an OAuth token, its azp no client', token: 'oauth-jwt' },
      { title: 'the long spelling of its type', header: { typ: 'application/at+jwt' } },
    ],
    bad: [
      {
        title: 'another application',
        claims: { client_id: 'client_other' },
        code: 'token_audience',
      },
      {
        title: 'a session token',
        header: { typ: 'JWT' },
        claims: { client_id: undefined, scope: undefined },
        code: 'token_type',
      },
      {
        title: 'an opaque token’s shape without introspection',
        header: { typ: undefined },
        code: 'token_type',
      },
    ],
    faults: ['issuer-parameter'],
  },
  {
    name: 'clerk(), with aud',
    vector: 'clerk',
    server: clerk({ domain: 'https://well-hagfish-71.clerk.accounts.dev/' }),
    requests: [
      'https://well-hagfish-71.clerk.accounts.dev/.well-known/oauth-authorization-server',
      'https://well-hagfish-71.clerk.accounts.dev/.well-known/jwks.json',
    ],
    good: [{ title: 'an OAuth token for the resource', claims: { aud: RESOURCE } }],
    bad: [{ title: 'an OAuth token without aud', token: 'oauth-jwt', code: 'token_audience' }],
    faults: ['issuer-parameter'],
  },
  {
    name: 'stytch()',
    vector: 'stytch',
    server: stytch({
      domain: 'example-dress-0000.customers.stytch.dev',
      projectId: STYTCH_PROJECT,
    }),
    requests: [
      'https://example-dress-0000.customers.stytch.dev/.well-known/oauth-authorization-server',
      'https://example-dress-0000.customers.stytch.dev/.well-known/jwks.json',
    ],
    good: [
      { title: 'a connected app', token: 'connected-app' },
      {
        title: 'a token that was requested at stytch.com',
        claims: { iss: `stytch.com/${STYTCH_PROJECT}` },
      },
    ],
    bad: [
      {
        title: 'a session, which names no app',
        claims: { client_id: undefined },
        code: 'token_claims',
      },
      { title: 'an ID token', claims: { nonce: 'n' }, code: 'token_type' },
      {
        title: 'another project',
        claims: { iss: 'stytch.com/project-test-00000000-0000-4000-8000-000000000000' },
        code: 'token_issuer',
      },
    ],
    // The sample is only part of the document, so this says little about Stytch.
    faults: ['code-flow', 'issuer-parameter', 'refresh', 'scopes'],
  },
  {
    name: 'descope()',
    vector: 'descope',
    server: descope({ projectId: 'P2example', serverId: 'MS2example', tenantIds: ['T2acme'] }),
    requests: [
      'https://api.descope.com/v1/apps/agentic/P2example/MS2example/.well-known/oauth-authorization-server',
      'https://api.descope.com/P2example/.well-known/jwks.json',
    ],
    good: [
      { title: 'an agentic server', token: 'agentic' },
      {
        title: 'the project as issuer',
        claims: { iss: 'https://api.descope.com/v1/apps/P2example' },
      },
      {
        title: 'the agentic project as issuer',
        claims: { iss: 'https://api.descope.com/v1/apps/agentic/P2example' },
      },
      {
        title: 'a listed tenant as issuer',
        claims: { iss: 'https://api.descope.com/v1/apps/P2example/T2acme' },
      },
    ],
    bad: [
      {
        title: 'a token for the project only',
        claims: { aud: ['P2example'] },
        code: 'token_audience',
      },
      {
        title: 'another server of the project',
        claims: { iss: 'https://api.descope.com/v1/apps/agentic/P2example/MS2other' },
        code: 'token_issuer',
      },
      {
        title: 'another tenant',
        claims: { iss: 'https://api.descope.com/v1/apps/P2example/T2other' },
        code: 'token_issuer',
      },
      { title: 'an ID token', claims: { aud: 'TPA123', nonce: 'n' }, code: 'token_type' },
    ],
    faults: ['issuer-parameter'],
  },
  {
    name: 'scalekit()',
    vector: 'scalekit',
    server: scalekit({ environmentUrl: 'https://your-env.scalekit.com', resourceId: 'res_123456' }),
    requests: [
      'https://your-env.scalekit.com/.well-known/oauth-authorization-server/resources/res_123456',
      'https://your-env.scalekit.com/keys',
    ],
    good: [
      { title: 'the resource as issuer', token: 'iss-resource' },
      { title: 'the environment as issuer', token: 'iss-env' },
    ],
    bad: [
      { title: 'another resource', claims: { aud: ['res_654321'] }, code: 'token_audience' },
      { title: 'an ID token', claims: { aud: 'skc_1', nonce: 'n' }, code: 'token_type' },
    ],
    faults: ['issuer-parameter', 'public-clients', 'scopes'],
  },
  {
    name: 'supabase()',
    vector: 'supabase',
    server: supabase({ url: 'https://abc123.supabase.co' }),
    key: { alg: 'ES256' },
    requests: [
      'https://abc123.supabase.co/.well-known/oauth-authorization-server/auth/v1',
      'https://abc123.supabase.co/auth/v1/.well-known/jwks.json',
    ],
    good: [
      { title: 'an OAuth client', token: 'oauth-client' },
      {
        title: 'a token as documented, without scopes',
        claims: { scope: undefined },
        expect: { scopes: [] },
      },
    ],
    bad: [
      {
        title: 'an ordinary session, with today’s keys',
        token: 'first-party-session',
        header: { alg: 'ES256' },
        code: 'token_claims',
      },
      { title: 'an ID token', claims: { aud: '9a8b7c6d', nonce: 'n' }, code: 'token_type' },
      { title: 'an anonymous key', claims: { aud: 'anon' }, code: 'token_audience' },
    ],
    faults: ['issuer-parameter'],
  },
]
