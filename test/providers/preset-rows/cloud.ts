/** Presets of the identity services of cloud platforms. */

import { cloudflareAccess, cognito, entra, entraMultiTenant } from '../../../src/providers/index.ts'
import { RESOURCE, type Row } from './preset-row.ts'

const ENTRA_TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47'
const ENTRA_V1_TENANT = 'fa15d692-e9c7-4460-a743-29f2956fd429'
const OTHER_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad'
export const ENTRA_API = '6e74172b-be56-4843-9ff4-e66a39bb12e3'
const ENTRA_V1_API = 'ef1da9d4-ff77-4c3e-a005-840c3f830745'
const ENTRA_TEMPLATE = 'https://login.microsoftonline.com/{tenantid}/v2.0'
const COGNITO_CLIENT = '57cbishk4j24pabc1234567890'
const AUD_TAG = '32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228'

export const CLOUD_ROWS: readonly Row[] = [
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
      {
        title: 'a token of the updated issuer',
        claims: { iss: 'https://issuer-cognito-idp.eu-west-2.amazonaws.com/eu-west-2_Example01' },
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
    name: 'cognito(), with the updated issuer',
    vector: 'cognito-updated',
    server: cognito({ userPoolId: 'eu-west-2_Example01', issuerType: 'updated' }),
    requests: [
      'https://issuer-cognito-idp.eu-west-2.amazonaws.com/eu-west-2_Example01/.well-known/openid-configuration',
      'https://issuer-cognito-idp.eu-west-2.amazonaws.com/eu-west-2_Example01/.well-known/jwks.json',
    ],
    good: [{ title: 'a bound token', token: 'access-resource-bound', claims: { aud: RESOURCE } }],
    bad: [
      {
        title: 'a token of the original issuer',
        claims: { iss: 'https://cognito-idp.eu-west-2.amazonaws.com/eu-west-2_Example01' },
        code: 'token_issuer',
      },
      { title: 'an ID token', claims: { aud: RESOURCE, token_use: 'id' }, code: 'token_type' },
    ],
    faults: ['pkce', 'client-registration', 'issuer-parameter', 'public-clients', 'refresh'],
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

function v2Issuer(tenant: string): string {
  return `https://login.microsoftonline.com/${tenant}/v2.0`
}
