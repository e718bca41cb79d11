/** Examples of presets. `npm run docs` copies each region into the comments of its symbols. */

import { protectedResource } from 'mcp-gatehouse'
import {
  auth0,
  clerk,
  cloudflareAccess,
  cognito,
  descope,
  djangoOauthToolkit,
  doorkeeper,
  type EntraCloud,
  entra,
  entraMultiTenant,
  github,
  gitlab,
  google,
  hydra,
  type JwtServerOptions,
  keycloak,
  logto,
  okta,
  openauth,
  scalekit,
  stytch,
  supabase,
  workos,
  zitadel,
} from 'mcp-gatehouse/providers'

// #region JwtServerOptions
const auth0WithTimeout: JwtServerOptions = {
  ...auth0({ domain: 'tenant.us.auth0.com' }),
  timeoutMs: 10_000,
}
export const withTimeout = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: [auth0WithTimeout],
})
// #endregion

// #region auth0 Auth0Options
export const withAuth0 = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: [auth0({ domain: 'tenant.us.auth0.com' })],
})
// #endregion

// #region clerk ClerkOptions
export const withClerk = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: [clerk({ domain: 'clerk.example.com', clientIds: ['client-1'] })],
})
// #endregion

// #region cloudflareAccess CloudflareAccessOptions
export const withCloudflareAccess = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: [
    cloudflareAccess({ teamDomain: 'team.cloudflareaccess.com', audience: 'f00d' }),
  ],
})
// #endregion

// #region cognito CognitoOptions
export const withCognito = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: [cognito({ userPoolId: 'eu-west-2_AbCdEfGhI' })],
})
// #endregion

// #region descope DescopeOptions
export const withDescope = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: [descope({ projectId: 'P2abc', serverId: 'MS2abc' })],
})
// #endregion

// #region entra EntraOptions
export const withEntra = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: [
    entra({
      tenantId: '11111111-2222-3333-4444-555555555555',
      clientId: '66666666-7777-8888-9999-000000000000',
      scopePrefix: 'https://api.example.com/notes',
    }),
  ],
  requiredScopes: ['https://api.example.com/notes/notes.read'],
})
// #endregion

// #region EntraCloud
const cloud: EntraCloud = { external: 'contoso' }
export const withExternalId = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: [
    entra({
      tenantId: '11111111-2222-3333-4444-555555555555',
      clientId: '66666666-7777-8888-9999-000000000000',
      cloud,
    }),
  ],
})
// #endregion

// #region entraMultiTenant EntraMultiTenantOptions
export const withEntraMultiTenant = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: [
    entraMultiTenant({
      clientId: '66666666-7777-8888-9999-000000000000',
      allow: ['11111111-2222-3333-4444-555555555555'],
    }),
  ],
})
// #endregion

// #region github GithubOptions
export const withGithub = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: [
    github({ clientId: 'Iv1.0123456789abcdef', clientSecret: 'from the environment' }),
  ],
})
// #endregion

// #region gitlab GitlabOptions
export const withGitlab = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: [gitlab({ clientIds: ['client-1'] })],
})
// #endregion

// #region google GoogleOptions QuestionOptions
export const withGoogle = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: [
    google({ clientIds: ['123.apps.googleusercontent.com'], cacheSeconds: 60 }),
  ],
})
// #endregion

// #region hydra HydraOptions
export const withHydra = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: [hydra({ issuer: 'https://hydra.example.com/' })],
})
// #endregion

// #region keycloak KeycloakOptions
export const withKeycloak = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: [keycloak({ url: 'https://keycloak.example', realm: 'notes' })],
})
// #endregion

// #region logto LogtoOptions
export const withLogto = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: [logto({ endpoint: 'https://tenant.logto.app' })],
})
// #endregion

// #region okta OktaOptions
export const withOkta = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: [okta({ domain: 'org.okta.com' })],
})
// #endregion

// #region scalekit ScalekitOptions
export const withScalekit = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: [
    scalekit({ environmentUrl: 'https://name.scalekit.com', resourceId: 'res_123' }),
  ],
})
// #endregion

// #region stytch StytchOptions
export const withStytch = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: [
    stytch({ domain: 'name.customers.stytch.com', projectId: 'project-live-1' }),
  ],
})
// #endregion

// #region supabase SupabaseOptions
export const withSupabase = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: [supabase({ url: 'https://ref.supabase.co' })],
})
// #endregion

// #region workos WorkosOptions
export const withWorkos = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: [workos({ domain: 'name.authkit.app' })],
})
// #endregion

// #region zitadel ZitadelOptions IntrospectionCredentials
export const withZitadel = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: [
    zitadel({
      domain: 'name.zitadel.cloud',
      projectId: '259254317079330818',
      introspection: { clientId: 'notes', clientSecret: 'from the environment' },
    }),
  ],
})
// #endregion

// #region djangoOauthToolkit DjangoOauthToolkitOptions
export const withDjangoOauthToolkit = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: [
    djangoOauthToolkit({
      url: 'https://app.example.com/o',
      introspection: { clientId: 'notes', clientSecret: 'from the environment' },
    }),
  ],
})
// #endregion

// #region doorkeeper DoorkeeperOptions
export const withDoorkeeper = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: [
    doorkeeper({
      issuer: 'https://app.example.com',
      introspection: { clientId: 'notes', clientSecret: 'from the environment' },
    }),
  ],
})
// #endregion

// #region openauth OpenauthOptions
export const withOpenauth = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: [
    openauth({ issuer: 'https://auth.example.com', clientIds: ['notes-client'] }),
  ],
})
// #endregion
