/** The core, for any host: protected resources, what guards them, and all that can be told of it. */

export {
  authenticate,
  challengeResponse,
  requireScopes,
  verifyAccessToken,
} from './authenticate.ts'
export {
  discoverAuthorizationServer,
  fetchAuthorizationServerMetadata,
} from './authorization-server/discovery.ts'
export { checkRequirements } from './check-requirements.ts'
export type { AnonymousContext, AuthContext, McpOperation, Rejection } from './contract/context.ts'
export {
  AuthError,
  type AuthErrorCode,
  ConfigError,
  type ConfigProblem,
  isAuthError,
  isConfigError,
  isUpstreamError,
  UpstreamError,
  type UpstreamErrorCode,
  type UpstreamErrorOptions,
} from './contract/errors.ts'
export type {
  AcceptedEvent,
  AuthEvent,
  DocumentEvent,
  RefusedEvent,
  WarningEvent,
} from './contract/events.ts'
export type { McpMethod, NamedMethod } from './contract/methods.ts'
export type {
  AccessTokenKind,
  AuthorizationServerMetadata,
  AuthorizationServerOptions,
  AuthorizationServerType,
  ClaimNames,
  CustomTokenOptions,
  DiscoveryOptions,
  DpopOptions,
  FetchOptions,
  IntrospectionOptions,
  IssuerTemplate,
  Jwk,
  JwkSet,
  JwtOptions,
  MtlsOptions,
  OperationDecision,
  OperationKey,
  OperationPolicy,
  ProtectedResourceMetadata,
  ProtectedResourceOptions,
  Requirements,
  ScopeRule,
  TokenCacheOptions,
  TokenContext,
} from './contract/options.ts'
export type { DocumentStore, Fetch, HostFacts, ReplayStore, WaitUntil } from './contract/ports.ts'
export { protectedResourceMetadataUrl } from './identifiers/resource-identifier.ts'
export { checkAuthorizationServer, type Finding } from './metadata/check-authorization-server.ts'
export { authorizationServerMetadataUrls } from './metadata/well-known.ts'
export { protect } from './protect.ts'
export { protectedResource } from './protected-resource.ts'
export type { ProtectedResource } from './resource/state.ts'
export type { ResourceSource } from './response/choose-resource.ts'
export {
  authorizationServerMetadataResponse,
  completeResponse,
  metadataResponse,
  preflightResponse,
} from './response/public-responses.ts'
export { type SignMetadataOptions, signProtectedResourceMetadata } from './sign-metadata.ts'
