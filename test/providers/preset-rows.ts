/** The table of presets: samples that must pass, samples that must be rejected, and the requests for them. */

import type { AuthErrorCode, AuthorizationServerOptions } from '../../src/index.ts'
import {
  auth0,
  clerk,
  cloudflareAccess,
  cognito,
  descope,
  entra,
  entraMultiTenant,
  hydra,
  keycloak,
  logto,
  okta,
  scalekit,
  stytch,
  supabase,
  workos,
  zitadel,
} from '../../src/providers/index.ts'
import { START } from '../support/clock.ts'
import type vectors from '../vectors/providers.json'

export const RESOURCE = 'https://mcp.example.com/mcp'
const ELSEWHERE = 'https://elsewhere.example/mcp'

const ENTRA_TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47'
const ENTRA_V1_TENANT = 'fa15d692-e9c7-4460-a743-29f2956fd429'
const OTHER_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad'
export const ENTRA_API = '6e74172b-be56-4843-9ff4-e66a39bb12e3'
const ENTRA_V1_API = 'ef1da9d4-ff77-4c3e-a005-840c3f830745'
const ENTRA_TEMPLATE = 'https://login.microsoftonline.com/{tenantid}/v2.0'
const COGNITO_CLIENT = '57cbishk4j24pabc1234567890'
const CLERK_CLIENT = 'client_2VTWUzvGC5UhdJCNx6xG1D98edc'
const STYTCH_PROJECT = 'project-test-d06972e8-6af2-4952-bcb0-44d795ec5d6f'
const WORKOS_CLIENT = 'client_01KAVKB3S313R5M49EMHDR3HYN'
const ZITADEL_PROJECT = '259254317079330818'
const AUD_TAG = '32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228'

export type Claims = Record<string, unknown>

export interface Vector {
  readonly issuer: string
  readonly documents: Readonly<Record<string, Claims>>
  readonly served: Readonly<Record<string, string>>
  readonly jwks?: { readonly url: string }
  readonly tokens: Readonly<Record<string, TokenVector>>
}

export interface TokenVector {
  readonly header?: Claims
  readonly payload?: Claims
  readonly expect?: Expected
}

interface Expected {
  readonly subject: string | null
  readonly clientId: string | null
  readonly scopes: readonly string[]
}

export interface Changes {
  /** The sample of the provider. @default the sample of the first valid token */
  readonly token?: string
  readonly claims?: Claims
  readonly header?: Claims
}

export interface Good extends Changes {
  readonly title: string
  /** Where the preset changes what the plain claims say. */
  readonly expect?: Partial<Expected>
}

export interface Bad extends Changes {
  readonly title: string
  readonly code: AuthErrorCode
}

export interface Row {
  readonly name: string
  readonly vector: keyof typeof vectors
  readonly server: AuthorizationServerOptions
  readonly key?: { readonly alg?: string; readonly members?: Claims }
  /** Every URL that is requested until the first token is accepted. */
  readonly requests: readonly string[]
  readonly good: readonly [Good, ...Good[]]
  readonly bad: readonly Bad[]
  /** The problems that `checkAuthorizationServer` reports for the provider's metadata. */
  readonly faults: readonly string[]
}

export const ROWS: readonly Row[] = [
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
    name: 'entra(), v2 tokens',
    vector: 'entra',
    server: entra({ tenantId: ENTRA_TENANT, clientId: ENTRA_API }),
    key: { members: { alg: undefined, issuer: ENTRA_TEMPLATE } },
    requests: [
      `https://login.microsoftonline.com/${ENTRA_TENANT}/v2.0/.well-known/openid-configuration`,
      `https://login.microsoftonline.com/${ENTRA_TENANT}/discovery/v2.0/keys`,
    ],
    good: [
      {
        title: 'a user, by the object ID',
        token: 'v2-user',
        expect: { subject: '690222be-ff1a-4d56-abd1-7e4f7d38e474' },
      },
      { title: 'a service, without scopes', token: 'v2-app-only' },
    ],
    bad: [
      {
        title: 'another tenant',
        claims: { iss: v2Issuer(OTHER_TENANT), tid: OTHER_TENANT },
        code: 'token_issuer',
      },
      {
        title: 'an ID token without nonce',
        claims: { azp: undefined, scp: undefined },
        code: 'token_type',
      },
      {
        title: 'an ID token',
        claims: { azp: undefined, scp: undefined, nonce: 'n' },
        code: 'token_type',
      },
    ],
    faults: ['pkce', 'client-registration', 'issuer-parameter', 'public-clients'],
  },
  {
    name: 'entra(), app roles as scopes',
    vector: 'entra',
    server: entra({ tenantId: ENTRA_TENANT.toUpperCase(), clientId: ENTRA_API, appRoles: true }),
    key: { members: { alg: undefined, issuer: ENTRA_TEMPLATE } },
    requests: [
      `https://login.microsoftonline.com/${ENTRA_TENANT}/v2.0/.well-known/openid-configuration`,
      `https://login.microsoftonline.com/${ENTRA_TENANT}/discovery/v2.0/keys`,
    ],
    good: [{ title: 'a service', token: 'v2-app-only', expect: { scopes: ['Tools.Call'] } }],
    bad: [],
    faults: ['pkce', 'client-registration', 'issuer-parameter', 'public-clients'],
  },
  {
    name: 'entra(), v1 tokens',
    vector: 'entra-v1',
    server: {
      ...entra({ tenantId: ENTRA_V1_TENANT, clientId: ENTRA_V1_API }),
      // The samples lack the v2 document of this tenant. Its keys are the tenant's.
      jwksUri: 'https://login.microsoftonline.com/common/discovery/keys',
    },
    key: { members: { alg: undefined, issuer: ENTRA_TEMPLATE } },
    requests: ['https://login.microsoftonline.com/common/discovery/keys'],
    good: [
      {
        title: 'a user, the audience as a URI',
        token: 'v1-aud-api-uri',
        claims: { oid: '02223b6b-aa1d-42d4-9ec0-1b2bb9194438' },
        expect: { subject: '02223b6b-aa1d-42d4-9ec0-1b2bb9194438' },
      },
      {
        title: 'a user, the audience as a GUID',
        token: 'v1-aud-api-uri',
        claims: { aud: ENTRA_V1_API, oid: '02223b6b-aa1d-42d4-9ec0-1b2bb9194438' },
        expect: { subject: '02223b6b-aa1d-42d4-9ec0-1b2bb9194438' },
      },
    ],
    bad: [
      { title: 'an issuer without a tenant', token: 'v1-user', code: 'token_issuer' },
      {
        title: 'a tenant that tid contradicts',
        claims: { tid: OTHER_TENANT },
        code: 'token_issuer',
      },
      {
        title: 'another tenant',
        claims: { iss: `https://sts.windows.net/${OTHER_TENANT}/`, tid: OTHER_TENANT },
        code: 'token_issuer',
      },
      { title: 'an ID token', claims: { appid: undefined, scp: undefined }, code: 'token_type' },
      {
        title: 'a token that names no client',
        claims: { appid: undefined },
        code: 'token_claims',
      },
    ],
    faults: ['pkce', 'client-registration', 'issuer-parameter', 'public-clients', 'refresh'],
  },
  {
    name: 'entraMultiTenant()',
    vector: 'entra-multi',
    server: entraMultiTenant({ clientId: ENTRA_API, allow: [ENTRA_TENANT], authority: 'common' }),
    key: { members: { alg: undefined, issuer: ENTRA_TEMPLATE } },
    requests: [
      'https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration',
      'https://login.microsoftonline.com/common/discovery/v2.0/keys',
    ],
    good: [
      {
        title: 'a user of an allowed tenant',
        token: 'v2-user',
        expect: { subject: '690222be-ff1a-4d56-abd1-7e4f7d38e474' },
      },
    ],
    bad: [
      {
        title: 'a tenant that is not allowed',
        claims: { iss: v2Issuer(OTHER_TENANT), tid: OTHER_TENANT },
        code: 'token_issuer',
      },
      {
        title: 'an allowed issuer with the tid of another',
        claims: { tid: OTHER_TENANT },
        code: 'token_issuer',
      },
      { title: 'no tid', claims: { tid: undefined }, code: 'token_issuer' },
      {
        title: 'an ID token without nonce',
        claims: { azp: undefined, scp: undefined },
        code: 'token_type',
      },
    ],
    faults: ['issuer', 'pkce', 'client-registration', 'issuer-parameter', 'public-clients'],
  },
  {
    name: 'entraMultiTenant(), a key of one tenant only',
    vector: 'entra-multi',
    server: entraMultiTenant({ clientId: ENTRA_API, allow: () => true, authority: 'common' }),
    key: { members: { alg: undefined, issuer: v2Issuer(ENTRA_TENANT) } },
    requests: [
      'https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration',
      'https://login.microsoftonline.com/common/discovery/v2.0/keys',
    ],
    good: [
      {
        title: 'a user of that tenant',
        token: 'v2-user',
        expect: { subject: '690222be-ff1a-4d56-abd1-7e4f7d38e474' },
      },
    ],
    bad: [
      {
        title: 'a user of another tenant, signed with it',
        claims: { iss: v2Issuer(OTHER_TENANT), tid: OTHER_TENANT },
        code: 'token_key',
      },
    ],
    faults: ['issuer', 'pkce', 'client-registration', 'issuer-parameter', 'public-clients'],
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
    name: 'keycloak()',
    vector: 'keycloak',
    server: keycloak({
      url: 'https://keycloak.example.com/',
      realm: 'master',
      audience: 'https://example.com/mcp',
    }),
    requests: [
      'https://keycloak.example.com/.well-known/oauth-authorization-server/realms/master',
      'https://keycloak.example.com/realms/master/protocol/openid-connect/certs',
    ],
    good: [
      { title: 'an audience mapper', token: 'audience-mapper' },
      {
        title: 'two audiences',
        token: 'multi-aud',
        claims: { aud: ['api', 'https://example.com/mcp'] },
      },
    ],
    bad: [
      { title: 'the default, without aud', token: 'default-no-aud', code: 'token_audience' },
      { title: 'other audiences', token: 'multi-aud', code: 'token_audience' },
      { title: 'an ID token', claims: { typ: 'ID' }, code: 'token_type' },
      { title: 'a refresh token', claims: { typ: 'Refresh' }, code: 'token_type' },
      {
        title: 'a token without typ',
        claims: { typ: undefined },
        code: 'token_claims',
      },
      { title: 'a token with an unknown typ', claims: { typ: 'Action' }, code: 'token_claims' },
      {
        title: 'another realm',
        claims: { iss: 'https://keycloak.example.com/realms/other' },
        code: 'token_issuer',
      },
    ],
    faults: ['public-clients'],
  },
  {
    name: 'logto()',
    vector: 'logto',
    server: logto({ endpoint: 'https://tenant.logto.app' }),
    key: { alg: 'ES384' },
    requests: [
      'https://tenant.logto.app/.well-known/oauth-authorization-server/oidc',
      'https://tenant.logto.app/.well-known/openid-configuration/oidc',
      'https://tenant.logto.app/oidc/.well-known/openid-configuration',
      'https://tenant.logto.app/oidc/jwks',
    ],
    good: [{ title: 'an API resource', token: 'api-resource' }],
    bad: [
      {
        title: 'an ID token',
        header: { typ: 'JWT' },
        claims: { at_hash: 'h' },
        code: 'token_type',
      },
      {
        title: 'a token that names no client',
        claims: { client_id: undefined },
        code: 'token_claims',
      },
    ],
    faults: ['client-registration'],
  },
  {
    name: 'cognito(), by client',
    vector: 'cognito',
    server: cognito({ userPoolId: 'eu-west-2_Example01', clientIds: [COGNITO_CLIENT] }),
    requests: [
      'https://cognito-idp.eu-west-2.amazonaws.com/eu-west-2_Example01/.well-known/openid-configuration',
      'https://cognito-idp.eu-west-2.amazonaws.com/eu-west-2_Example01/.well-known/jwks.json',
    ],
    good: [{ title: 'a token without aud', token: 'access-no-aud' }],
    bad: [
      { title: 'another client', claims: { client_id: 'other' }, code: 'token_audience' },
      {
        title: 'a token bound to a resource',
        token: 'access-resource-bound',
        code: 'token_audience',
      },
      {
        title: 'an ID token',
        claims: { aud: COGNITO_CLIENT, token_use: 'id' },
        code: 'token_type',
      },
      {
        title: 'a token without token_use',
        claims: { token_use: undefined },
        code: 'token_claims',
      },
      {
        title: 'another pool',
        claims: { iss: 'https://cognito-idp.eu-west-2.amazonaws.com/eu-west-2_Example02' },
        code: 'token_issuer',
      },
    ],
    faults: ['pkce', 'client-registration', 'issuer-parameter', 'public-clients', 'refresh'],
  },
  {
    name: 'cognito(), bound to the resource',
    vector: 'cognito',
    server: cognito({ userPoolId: 'eu-west-2_Example01' }),
    requests: [
      'https://cognito-idp.eu-west-2.amazonaws.com/eu-west-2_Example01/.well-known/openid-configuration',
      'https://cognito-idp.eu-west-2.amazonaws.com/eu-west-2_Example01/.well-known/jwks.json',
    ],
    good: [{ title: 'a bound token', token: 'access-resource-bound', claims: { aud: RESOURCE } }],
    bad: [
      { title: 'a token without aud', token: 'access-no-aud', code: 'token_audience' },
      { title: 'an ID token', claims: { aud: RESOURCE, token_use: 'id' }, code: 'token_type' },
    ],
    faults: ['pkce', 'client-registration', 'issuer-parameter', 'public-clients', 'refresh'],
  },
  {
    name: 'cognito(), both ways',
    vector: 'cognito',
    server: cognito({
      userPoolId: 'eu-west-2_Example01',
      clientIds: [COGNITO_CLIENT],
      audience: RESOURCE,
    }),
    requests: [
      'https://cognito-idp.eu-west-2.amazonaws.com/eu-west-2_Example01/.well-known/openid-configuration',
      'https://cognito-idp.eu-west-2.amazonaws.com/eu-west-2_Example01/.well-known/jwks.json',
    ],
    good: [
      { title: 'a token without aud', token: 'access-no-aud' },
      {
        title: 'a bound token, of any client',
        token: 'access-resource-bound',
        claims: { aud: RESOURCE, client_id: 'other' },
        expect: { clientId: 'other' },
      },
    ],
    bad: [
      {
        title: 'another client without aud',
        claims: { client_id: 'other' },
        code: 'token_audience',
      },
    ],
    faults: ['pkce', 'client-registration', 'issuer-parameter', 'public-clients', 'refresh'],
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
    good: [{ title: 'a connected app', token: 'connected-app' }],
    bad: [
      {
        title: 'a session, which names no app',
        claims: { client_id: undefined },
        code: 'token_claims',
      },
      { title: 'an ID token', claims: { nonce: 'n' }, code: 'token_type' },
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
    good: [{ title: 'an OAuth client', token: 'oauth-client' }],
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
  {
    name: 'hydra()',
    vector: 'hydra',
    server: hydra({ issuer: 'http://hydra.localhost' }),
    requests: [
      'http://hydra.localhost/.well-known/oauth-authorization-server',
      'http://hydra.localhost/.well-known/jwks.json',
    ],
    good: [
      { title: 'scopes in scp and scope', token: 'jwt-scope-both' },
      { title: 'scopes in scp', token: 'jwt-default', claims: { aud: [RESOURCE] } },
    ],
    bad: [
      { title: 'an empty aud', token: 'jwt-default', code: 'token_audience' },
      {
        title: 'an ID token',
        claims: { aud: ['mcp-client'], at_hash: 'h' },
        code: 'token_type',
      },
    ],
    // hydra.localhost is this machine, and its registration another one, over http.
    faults: ['client-registration', 'issuer-parameter'],
  },
  {
    name: 'zitadel()',
    vector: 'zitadel',
    server: zitadel({ domain: 'acme-abc123.zitadel.cloud', projectId: ZITADEL_PROJECT }),
    requests: [
      'https://acme-abc123.zitadel.cloud/.well-known/openid-configuration',
      'https://acme-abc123.zitadel.cloud/oauth/v2/keys',
    ],
    good: [{ title: 'an application set to JWT', token: 'jwt-app' }],
    bad: [
      {
        title: 'another project',
        claims: { aud: ['259254409320529922@mcp'] },
        code: 'token_audience',
      },
      { title: 'an ID token', claims: { jti: undefined, at_hash: 'h' }, code: 'token_claims' },
      {
        title: 'an ID token without hash',
        claims: { jti: undefined, azp: 'x' },
        code: 'token_claims',
      },
    ],
    faults: ['client-registration', 'issuer-parameter'],
  },
  {
    name: 'cloudflareAccess()',
    vector: 'cloudflare-access',
    server: cloudflareAccess({ teamDomain: 'yourteam.cloudflareaccess.com', audience: AUD_TAG }),
    requests: ['https://yourteam.cloudflareaccess.com/cdn-cgi/access/certs'],
    good: [
      { title: 'an application token', token: 'application-token' },
      {
        title: 'a service token, by its name',
        claims: {
          sub: '',
          email: undefined,
          common_name: 'e367826f93b8d71185e03fe518aff3b4.access',
        },
        expect: { subject: null, clientId: 'e367826f93b8d71185e03fe518aff3b4.access' },
      },
    ],
    bad: [
      {
        title: 'a token that is not of an application',
        claims: { type: undefined },
        code: 'token_claims',
      },
      { title: 'another application', claims: { aud: ['0'.repeat(64)] }, code: 'token_audience' },
      { title: 'a session of the team', claims: { type: 'org' }, code: 'token_claims' },
    ],
    faults: [],
  },
]

/** Tokens that every preset rejects. */
export const NEVER: readonly Bad[] = [
  { title: 'a token for another resource', claims: { aud: ELSEWHERE }, code: 'token_audience' },
  { title: 'an empty aud', claims: { aud: [] }, code: 'token_audience' },
  {
    title: 'no aud and no known client',
    claims: { aud: undefined, client_id: 'stranger' },
    code: 'token_audience',
  },
  {
    title: 'an issuer from elsewhere',
    claims: { iss: 'https://elsewhere.example' },
    code: 'token_issuer',
  },
  { title: 'an expired token', claims: { exp: START - 60 }, code: 'token_expired' },
  { title: 'a token without exp', claims: { exp: undefined }, code: 'token_claims' },
  {
    title: 'a bound token without proof',
    claims: { cnf: { jkt: 'x' } },
    code: 'binding_unsupported',
  },
]

function onlyFor(audience: string): Claims {
  return { aud: audience }
}

function v2Issuer(tenant: string): string {
  return `https://login.microsoftonline.com/${tenant}/v2.0`
}
