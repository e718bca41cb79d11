/** Advice about tokens. */

import type { Advice } from './advice.ts'

const AUDIENCE = {
  'mcp-gatehouse': '`audience` with the value that the server sets.',
  Auth0:
    'Create an API whose identifier is the resource, and enable the Resource Parameter Compatibility Profile.',
  Entra: 'The Application ID URI, or the client id of the API for version 2 tokens.',
  Keycloak: 'An audience mapper in a client scope.',
  Cognito: 'Access tokens have no `aud`: check `client_id`.',
}

export const TOKEN_ADVICE: Readonly<Record<string, Advice>> = {
  'token-accepted': {
    symptom: 'The login succeeds, and the client says that it needs authentication.',
    command: 'doctor',
  },
  'token-form': {
    symptom: 'The token has no dots, or five parts, or is the ID token.',
    command: 'claims',
    products: {
      'mcp-gatehouse': "`accessToken: [{ kind: 'introspection', … }]` for opaque tokens.",
      Auth0: 'Without an API for the resource, its tokens are encrypted or opaque.',
      Google: 'Access tokens are opaque: use the preset `google()`.',
      Okta: 'Use a custom authorization server: tokens of the org server are for Okta only.',
    },
  },
  'token-audience': {
    symptom: 'Every call is a 401 after a good login.',
    command: 'claims',
    products: AUDIENCE,
  },
  'token-issuer': {
    symptom: 'Tokens come from another tenant, realm or version.',
    command: 'claims',
    products: {
      Entra:
        'Version 1 tokens have `https://sts.windows.net/TENANT/`: set `requestedAccessTokenVersion` to 2.',
    },
  },
  'token-scope': {
    symptom: 'The login succeeds, and the first call is a 403.',
    command: 'claims',
    products: {
      'mcp-gatehouse': '`requiredScopes`, and `scopePrefix` for Entra and Cognito.',
      Entra: 'Delegated scopes are in `scp`, application roles in `roles`.',
      Auth0: 'Add the permission to the API and to the user.',
      Keycloak: 'Add the client scope to the client, as default or optional.',
    },
  },
  'token-binding': {
    symptom: 'A DPoP server rejects bearer tokens.',
    command: 'claims',
    products: { 'mcp-gatehouse': '`dpop: true` accepts both.' },
  },
  'token-expiry': { symptom: 'A token works for weeks.', command: 'claims' },
  'token-lifetime': {
    symptom: 'The token endpoint gets several requests in a second from each user of VS Code.',
    command: 'claims',
    products: { Keycloak: '*Access Token Lifespan* of the realm is five minutes by default.' },
  },
  'token-key': {
    symptom:
      'Every token is rejected after a restart or a key rotation of the authorization server.',
    command: 'header',
  },
  'token-tampered': { symptom: 'Any JWT with the right claims works.', command: 'doctor' },
  'token-unsigned': { symptom: 'A JWT with `alg: none` works.', command: 'doctor' },
  'token-tools': { symptom: 'The client connects and shows no tools.', command: 'doctor' },
  'token-scope-answer': {
    symptom: 'A tool needs more scopes, and no client asks for them.',
    command: 'doctor',
    products: {
      'mcp-gatehouse': '`operations`, and `challengeScopes` for clients that cannot step up.',
    },
  },
}
