/**
 * Presets: options for common authorization servers. A preset is a plain object, and making one has no
 * side effects. Spread it to change a member. Call each preset once and keep the object: resources
 * that get the same object share the server's metadata and keys.
 *
 * Each preset lists what it relaxes in its own comment.
 */

export { type Auth0Options, auth0 } from './auth0.ts'
export { type ClerkOptions, clerk } from './clerk.ts'
export { type CloudflareAccessOptions, cloudflareAccess } from './cloudflare-access.ts'
export { type CognitoOptions, cognito } from './cognito.ts'
export { type DescopeOptions, descope } from './descope.ts'
export { type DjangoOauthToolkitOptions, djangoOauthToolkit } from './django-oauth-toolkit.ts'
export { type DoorkeeperOptions, doorkeeper } from './doorkeeper.ts'
export {
  type EntraCloud,
  type EntraMultiTenantOptions,
  type EntraOptions,
  entra,
  entraMultiTenant,
} from './entra.ts'
export { type GithubOptions, github } from './github.ts'
export { type GitlabOptions, gitlab } from './gitlab.ts'
export { type GoogleOptions, google } from './google.ts'
export { type HydraOptions, hydra } from './hydra.ts'
export { type KeycloakOptions, keycloak } from './keycloak.ts'
export { type LogtoOptions, logto } from './logto.ts'
export { type OktaOptions, okta } from './okta.ts'
export { type OpenauthOptions, openauth } from './openauth.ts'
export { type ScalekitOptions, scalekit } from './scalekit.ts'
export type { IntrospectionCredentials, JwtServerOptions, QuestionOptions } from './shared.ts'
export { type StytchOptions, stytch } from './stytch.ts'
export { type SupabaseOptions, supabase } from './supabase.ts'
export { type WorkosOptions, workos } from './workos.ts'
export { type ZitadelOptions, zitadel } from './zitadel.ts'
