/** Advice about authorization servers. */

import type { Advice } from './advice.ts'

const REGISTRATION = {
  Keycloak:
    'Realm settings, Client registration, Anonymous access policies: add your hosts to Trusted Hosts.',
  Auth0:
    'Settings, Advanced: enable Dynamic Client Registration, and promote a connection to the domain.',
  Okta: 'Register a client by hand: its registration endpoint needs an API token.',
  Entra: 'Register an application by hand and give its client id to users.',
  Cognito: 'Create an app client by hand.',
}
const ISSUER = {
  Auth0: 'The issuer ends with a slash: `https://TENANT.auth0.com/`.',
  Entra:
    '`https://login.microsoftonline.com/TENANT/v2.0`, with the id of the tenant in place of `common`.',
  Keycloak: 'Set `hostname` (KC_HOSTNAME), so that the issuer does not depend on the request.',
}

export const AUTHORIZATION_SERVER_ADVICE: Readonly<Record<string, Advice>> = {
  'server-found': {
    symptom: 'Clients find the resource, and report no authorization server metadata.',
    command: 'server',
    products: ISSUER,
  },
  'server-forms': { symptom: 'Some clients find the server, others do not.', command: 'server' },
  'server-redirect': {
    symptom: 'The metadata opens in a browser, and clients do not read it.',
    command: 'server',
  },
  'server-html': {
    symptom: 'Clients report `Unexpected token <` during discovery.',
    command: 'server',
  },
  'server-identity': {
    symptom: 'Clients report an issuer mismatch.',
    command: 'server',
    products: ISSUER,
  },
  'server-agreement': { symptom: 'A feature works in one client only.', command: 'server' },
  'server-types': {
    symptom: 'SDK clients report a `ZodError` with the names of members.',
    command: 'server',
    products: {
      'OpenID Connect servers':
        'Publish `subject_types_supported` and `id_token_signing_alg_values_supported`, even if you need neither.',
    },
  },
  'server-old-grants': {
    symptom: 'A security review lists the implicit or the password grant.',
    command: 'server',
    products: {
      Keycloak: 'Implicit flow and Direct access grants of each client.',
      Auth0: 'Grant Types of the application.',
    },
  },
  'server-endpoints': {
    symptom:
      'The login page does not open: its URL has `keycloak:8080`, `localhost` or another internal name.',
    command: 'server',
    products: {
      Keycloak:
        'Set `KC_HOSTNAME` to the public URL, and `KC_PROXY_HEADERS=xforwarded` behind a proxy.',
      'Docker Compose':
        'The name of a service is known to other containers only: use the public host in URLs.',
    },
  },
  'server-pushed-requests': {
    symptom: 'The login ends with `Pushed Authorization Request must be used`.',
    command: 'server',
    products: {
      Keycloak: 'Client, Advanced settings: Pushed authorization request required.',
      Auth0: 'Application, Advanced: Require Pushed Authorization Requests.',
      'node oidc-provider': '`features.pushedAuthorizationRequests`.',
    },
  },
  'server-registration': {
    symptom: "`Policy 'Trusted Hosts' rejected request` or 401 during registration.",
    command: 'register',
    products: REGISTRATION,
  },
  'server-library': {
    symptom: 'Logins work, and every call is answered with 503.',
    command: 'server',
  },
  'server-issuer': {
    symptom: 'The issuer contains `{tenantid}` or a query.',
    command: 'server',
    products: ISSUER,
  },
  'server-members': { symptom: 'SDK clients discard the document.', command: 'server' },
  'server-authorization-endpoint': { symptom: 'No login page opens.', command: 'server' },
  'server-token-endpoint': { symptom: 'The login works, and no token arrives.', command: 'server' },
  'server-code-flow': {
    symptom: 'The server says `unsupported_response_type`.',
    command: 'server',
  },
  'server-pkce': {
    symptom:
      'Clients report `Incompatible auth server: does not support PKCE` or `does not support code challenge method S256`.',
    command: 'server',
    products: {
      Entra:
        'It supports PKCE and does not publish it: put a proxy with corrected metadata in front, or use the preset of mcp-gatehouse.',
      Keycloak: 'Proof Key for Code Exchange Code Challenge Method of the client: S256.',
    },
  },
  'server-client-registration': {
    symptom: 'Clients say `does not support dynamic client registration` or ask for a client id.',
    command: 'server',
    products: REGISTRATION,
  },
  'server-issuer-parameter': { symptom: 'A review asks for RFC 9207.', command: 'server' },
  'server-keys': { symptom: 'Tokens cannot be verified.', command: 'server' },
  'server-dpop': { symptom: 'DPoP clients fall back to bearer tokens.', command: 'server' },
  'server-public-clients': {
    symptom:
      'The token request is answered with `invalid_client`, or Codex registers although it has a client ID metadata document.',
    command: 'server',
  },
  'server-refresh': { symptom: 'Users log in every hour.', command: 'server' },
  'server-scopes': { symptom: 'Clients request no scopes.', command: 'server' },
  'server-protected-resources': {
    symptom: 'A strict client refuses the server.',
    command: 'server',
  },
  'server-signed-metadata': { symptom: 'The document has `signed_metadata`.', command: 'server' },
  'server-scope-form': {
    symptom: '`AADSTS650053`, or `invalid_scope` from Cognito.',
    command: 'post',
    products: {
      Entra: '`api://APP/notes.read`; `scopePrefix` in mcp-gatehouse.',
      Cognito: 'Resource server identifier, slash and name.',
    },
  },
  'server-resource-form': {
    symptom: '`AADSTS9010010`: the resource does not match the scopes.',
    command: 'metadata',
    products: {
      Entra: 'Make the URL of the resource the Application ID URI, under a verified domain.',
    },
  },
  'server-challenge-scopes': {
    symptom: 'Gemini CLI logs in, and its first call is answered with 403.',
    command: 'server',
  },
  'server-enterprise-authorization': {
    symptom: 'Users of a company log in although their identity provider grants access.',
    command: 'server',
  },
  'keys-found': { symptom: 'Every token is answered with 503 or 401.', command: 'keys' },
  'keys-usable': { symptom: 'Tokens are rejected for their key.', command: 'keys' },
  'keys-secret': { symptom: 'The key set has members such as `d` or `priv`.', command: 'keys' },
  'keys-named': { symptom: 'Tokens fail during a rotation.', command: 'keys' },
}
