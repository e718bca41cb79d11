/** Presets of authorization servers that run on own machines. */

import { hydra, keycloak, logto, zitadel } from '../../../src/providers/index.ts'
import { RESOURCE, type Row } from './preset-row.ts'

const ZITADEL_PROJECT = '259254317079330818'

export const OWN_SERVER_ROWS: readonly Row[] = [
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
]
