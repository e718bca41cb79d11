/** The core, for any host: protected resources, what guards them, and all that can be told of it. */

export {
  authenticate,
  challengeResponse,
  requireScopes,
  verifyAccessToken,
} from './authenticate.ts'
export type { ResourceSource } from './choose-resource.ts'
export type { AnonymousContext, AuthContext, McpOperation, Rejection } from './context.ts'
export {
  AuthError,
  type AuthErrorCode,
  ConfigError,
  type ConfigProblem,
  isAuthError,
  UpstreamError,
  type UpstreamErrorCode,
  type UpstreamErrorDetails,
} from './errors.ts'
export type {
  AcceptedEvent,
  AuthEvent,
  DocumentEvent,
  RefusedEvent,
  WarningEvent,
} from './events.ts'
export { protectedResourceMetadataUrl } from './identifiers/resource-identifier.ts'
export type { McpMethod, NamedMethod } from './mcp/methods.ts'
export {
  discoverAuthorizationServer,
  fetchAuthorizationServerMetadata,
} from './metadata/discovery.ts'
export { checkAuthorizationServer, type Finding } from './metadata/fitness.ts'
export { type SignMetadataOptions, signProtectedResourceMetadata } from './metadata/sign.ts'
export { authorizationServerMetadataUrls } from './metadata/well-known.ts'
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
} from './options.ts'
export type { DocumentStore, Fetch, HostFacts, ReplayStore, WaitUntil } from './ports.ts'
export { protect } from './protect.ts'
export { protectedResource } from './protected-resource.ts'
export type { ProtectedResource } from './resource-state.ts'
export {
  authorizationServerMetadataResponse,
  completeResponse,
  metadataResponse,
  preflightResponse,
} from './respond.ts'
