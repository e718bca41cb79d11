/** Examples of options. `npm run docs` copies each region into the comments of its symbols. */

import {
  type AccessTokenKind,
  type AuthorizationServerOptions,
  type CertificateFormat,
  type ClaimNames,
  type CryptoKeyLike,
  type CustomTokenOptions,
  type Denial,
  type DiscoveryOptions,
  type DpopOptions,
  deny,
  discoverAuthorizationServer,
  type FetchOptions,
  type IntrospectionOptions,
  type IssuerTemplate,
  type JwtOptions,
  type McpCall,
  type McpMethod,
  type MtlsOptions,
  type NamedMethod,
  type OperationDecision,
  type OperationKey,
  type OperationPolicy,
  protectedResource,
  type ScopeRule,
  type SessionOptions,
  type TokenCacheOptions,
  type TokenContext,
} from 'mcp-gatehouse'

const resource = 'https://api.example.com/notes'

// #region AuthorizationServerOptions
export const server: AuthorizationServerOptions = {
  issuer: 'https://auth.example.com',
  audience: ['https://api.example.com/notes', 'notes-api'],
}
// #endregion

export async function discover() {
  // #region DiscoveryOptions
  const options: DiscoveryOptions = {
    type: 'oauth',
    transform: (document) => ({ ...document, jwks_uri: 'https://auth.example.com/jwks' }),
  }
  const metadata = await discoverAuthorizationServer('https://auth.example.com', options)
  // #endregion
  return metadata
}

// #region FetchOptions
export const limits: FetchOptions = { timeoutMs: 2000, maxBytes: 32_768 }
// #endregion

// #region ClaimNames
export const claims: ClaimNames = { scope: 'permissions', clientId: 'app_id' }
// #endregion

// #region IssuerTemplate
export const tenants: IssuerTemplate = {
  pattern: 'https://auth.example.com/{tenant}',
  claim: 'tid',
  allow: ['acme', 'globex'],
}
// #endregion

// #region AccessTokenKind
export const kinds: AccessTokenKind[] = [
  'jwt',
  { kind: 'introspection', clientId: 'notes', clientSecret: 'from the environment' },
]
// #endregion

// #region JwtOptions
export const strict: JwtOptions = { kind: 'jwt', profile: 'rfc9068', algorithms: ['ES256'] }
// #endregion

// #region IntrospectionOptions
export const introspection: IntrospectionOptions = {
  kind: 'introspection',
  clientId: 'notes',
  clientSecret: 'from the environment',
  cacheSeconds: 30,
}
// #endregion

// #region CustomTokenOptions
export const sessions = new Map([['session-1', { sub: 'user-1', exp: 4_102_444_800 }]])

export const custom: CustomTokenOptions = {
  kind: 'custom',
  async verify(token, { issuer, resource }) {
    const session = sessions.get(token)
    return session === undefined ? null : { iss: issuer, aud: resource, ...session }
  },
}
// #endregion

// #region TokenContext
export async function verify(token: string, context: TokenContext) {
  const headers = { Authorization: `Bearer ${token}` }
  const response = await context.fetch('https://auth.example.com/session', { headers })
  if (!response.ok) return null
  return { aud: context.resource, exp: context.now() + 60, ...(await response.json()) }
}
// #endregion

// #region OperationPolicy OperationKey
export const operations = {
  'tools/call help': 'public',
  'tools/call delete_note': ['notes:write'],
  '*': ['notes:read'],
} satisfies OperationPolicy

export const deletion: OperationKey = 'tools/call delete_note'
// #endregion

// #region OperationDecision
export const decide: OperationDecision = ({ method, name }) =>
  method === 'tools/call' && name?.startsWith('delete_') ? ['notes:write'] : ['notes:read']
// #endregion

// #region McpCall
function isSmallRefund(call: McpCall): boolean {
  const { amount } = (call.arguments() ?? {}) as { amount?: unknown }
  return typeof amount === 'number' && amount <= 100
}

export const decideByAmount: OperationDecision = ({ name }, _auth, call) => {
  if (name !== 'refund') return ['orders:read']
  return isSmallRefund(call) ? ['refunds'] : deny('refunds above 100 are made by hand')
}
// #endregion

// #region Denial
export const readOnly: Denial = deny('the server is read-only during the migration')
// #endregion

// #region deny
export const byConsole: OperationDecision = ({ name }, auth) =>
  name === 'delete_tenant' && auth?.clientId !== 'console'
    ? deny('only the console deletes tenants')
    : ['tenants']
// #endregion

// #region ScopeRule
export const rule: ScopeRule = { anyOf: ['notes:read', 'notes:write'] }
// #endregion

// #region McpMethod NamedMethod
export const named: NamedMethod = 'tools/call'
export const methods: McpMethod[] = [named, 'tools/list', 'initialize']
// #endregion

// #region CryptoKeyLike
export function introspectWith(privateKey: CryptoKeyLike): IntrospectionOptions {
  return { kind: 'introspection', clientId: 'notes', privateKey }
}
// #endregion

// #region DpopOptions
export const dpop: DpopOptions = { required: true, algorithms: ['ES256'], windowSeconds: 60 }
// #endregion

// #region SessionOptions
export function sealedWith(newSecret: string, oldSecret: string): SessionOptions {
  return { secret: [newSecret, oldSecret] }
}
// #endregion

// #region CertificateFormat
export const behindNginx: MtlsOptions = {
  dangerouslyTrustHeader: 'X-Client-Cert',
  format: 'pem-urlencoded' satisfies CertificateFormat,
}
// #endregion

// #region MtlsOptions
export const mtls: MtlsOptions = { required: true, dangerouslyTrustHeader: 'Client-Cert' }
// #endregion

// #region TokenCacheOptions
export const tokenCache: TokenCacheOptions = { maxEntries: 1000, maxAgeSeconds: 60 }
// #endregion

/** Resources that accept the options above. */
export const resources = [
  { ...server, ...limits, claims },
  { ...server, issuerTemplate: tenants },
  { ...server, accessToken: kinds },
  { ...server, accessToken: strict },
  { ...server, accessToken: introspection },
  { ...server, accessToken: custom },
  { ...server, accessToken: { kind: 'custom' as const, verify } },
].map((each) =>
  protectedResource({
    resource,
    authorizationServers: [each],
    operations,
    dpop: { ...dpop, replay: false },
    mtls,
    tokenCache,
  }),
)

export const decided = protectedResource({
  resource,
  authorizationServers: [server],
  operations: decide,
})
