/** The main entry, for any host: protected resources, authentication, metadata, events and errors. */

export { authOf } from './auth-of.ts'
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
export { backchannelLogoutResponse } from './backchannel-logout.ts'
export { checkRequirements } from './check-requirements.ts'
export type {
  AccessTokenKind,
  CustomTokenOptions,
  IntrospectionOptions,
  JwtOptions,
  TokenContext,
} from './contract/access-token-options.ts'
export type { Actor } from './contract/actor.ts'
export type { AuditRecord } from './contract/audit.ts'
export type { AuthErrorCode } from './contract/auth-error-codes.ts'
export type {
  AuthorizationServerOptions,
  ClaimNames,
  DiscoveryOptions,
  FetchOptions,
  IssuerTemplate,
} from './contract/authorization-server-options.ts'
export type { CertificateFormat, DpopOptions, MtlsOptions } from './contract/binding-options.ts'
export { ConfigError, type ConfigProblem, isConfigError } from './contract/config-error.ts'
export type { AnonymousContext, AuthContext, McpOperation, Rejection } from './contract/context.ts'
export type { CryptoKeyLike } from './contract/crypto-key.ts'
export { type Denial, deny } from './contract/denial.ts'
export type {
  AuthorizationServerMetadata,
  AuthorizationServerType,
  Jwk,
  JwkSet,
  ProtectedResourceMetadata,
} from './contract/documents.ts'
export {
  AuthError,
  isAuthError,
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
  UnenforcedRejection,
  WarningEvent,
} from './contract/events.ts'
export type { McpMethod, NamedMethod } from './contract/methods.ts'
export type {
  McpCall,
  OperationDecision,
  OperationKey,
  OperationPolicy,
  ScopeRule,
} from './contract/operation-policy.ts'
export type { ItemOf, ListedMethod, Permission } from './contract/permission.ts'
export type { DocumentStore, Fetch, HostFacts, ReplayStore, WaitUntil } from './contract/ports.ts'
export type { Requirements } from './contract/requirements.ts'
export type { ProtectedResourceOptions, TokenCacheOptions } from './contract/resource-options.ts'
export type { RevocationOptions, RevocationQuery, RevokedBefore } from './contract/revocation.ts'
export type { SessionOptions } from './contract/session-options.ts'
export { delegation } from './delegation.ts'
export { protectedResourceMetadataUrl } from './identifiers/resource-identifier.ts'
export { checkAuthorizationServer, type Finding } from './metadata/check-authorization-server.ts'
export { authorizationServerMetadataUrls } from './metadata/well-known.ts'
export { permits, visible } from './permits.ts'
export { protect } from './protect.ts'
export { protectedResource } from './protected-resource.ts'
export type { ProtectedResource } from './resource/state.ts'
export type { ResourceSource } from './response/choose-resource.ts'
export { completeResponse } from './response/complete-response.ts'
export {
  authorizationServerMetadataResponse,
  metadataResponse,
} from './response/metadata-responses.ts'
export { openSession } from './response/open-session.ts'
export { preflightResponse } from './response/preflight.ts'
export { revokedBefore } from './revocation/revoked-before.ts'
export { type SignMetadataOptions, signProtectedResourceMetadata } from './sign-metadata.ts'
