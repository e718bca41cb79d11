/** Examples of documents. `npm run docs` copies each region into the comments of its symbols. */

import {
  type AuthorizationServerMetadata,
  type AuthorizationServerType,
  authorizationServerMetadataUrls,
  checkAuthorizationServer,
  discoverAuthorizationServer,
  type Finding,
  fetchAuthorizationServerMetadata,
  type Jwk,
  type JwkSet,
  type ProtectedResourceMetadata,
  protectedResource,
  protectedResourceMetadataUrl,
  type SignMetadataOptions,
  signProtectedResourceMetadata,
} from 'mcp-gatehouse'
import { notes } from './core.ts'

// #region discoverAuthorizationServer
export async function findTokenEndpoint(): Promise<unknown> {
  const metadata = await discoverAuthorizationServer('https://auth.example.com')
  return metadata['token_endpoint']
}
// #endregion

// #region fetchAuthorizationServerMetadata
export function fetchFromPlace(): Promise<AuthorizationServerMetadata> {
  const url = 'https://auth.example.com/.well-known/oauth-authorization-server'
  return fetchAuthorizationServerMetadata(url, { issuer: 'https://auth.example.com' })
}
// #endregion

// #region authorizationServerMetadataUrls AuthorizationServerType
const type: AuthorizationServerType = 'oauth'
export const urls = authorizationServerMetadataUrls('https://auth.example.com/acme', type)
// → ['https://auth.example.com/.well-known/oauth-authorization-server/acme']
// #endregion

// #region checkAuthorizationServer Finding
export async function findProblems(): Promise<string[]> {
  const metadata = await discoverAuthorizationServer('https://auth.example.com')
  const findings: readonly Finding[] = checkAuthorizationServer(metadata)
  return findings
    .filter(({ level }) => level !== 'pass')
    .map(({ id, message }) => `${id} ${message}`)
}
// #endregion

// #region protectedResourceMetadataUrl
export const url = protectedResourceMetadataUrl('https://api.example.com/notes')
// → 'https://api.example.com/.well-known/oauth-protected-resource/notes'
// #endregion

// #region AuthorizationServerMetadata
export const serverMetadata: AuthorizationServerMetadata = {
  issuer: 'https://auth.example.com',
  jwks_uri: 'https://auth.example.com/jwks',
}
// #endregion

// #region ProtectedResourceMetadata
export const metadata: Readonly<ProtectedResourceMetadata> = notes.metadata
// → { resource: 'https://api.example.com/notes', authorization_servers: [ … ], … }
// #endregion

// #region Jwk JwkSet
export const key: Jwk = {
  kty: 'OKP',
  crv: 'Ed25519',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  kid: 'key-1',
}
export const jwks: JwkSet = { keys: [key] }
// #endregion

export const offline = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: [{ issuer: 'https://auth.example.com', metadata: serverMetadata, jwks }],
})

// #region signProtectedResourceMetadata SignMetadataOptions
export async function signMetadata(privateKey: CryptoKey) {
  const options: SignMetadataOptions = { issuer: 'https://trust.example.com', keyId: 'key-1' }
  const signed = await signProtectedResourceMetadata(notes.metadata, privateKey, options)
  return protectedResource({
    resource: 'https://api.example.com/notes',
    authorizationServers: ['https://auth.example.com'],
    metadata: { signed_metadata: signed },
  })
}
// #endregion
