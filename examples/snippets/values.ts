/** Examples of the core entry. `npm run docs` copies each region into the comments of its symbols. */

import {
  type AuditRecord,
  audit,
  type Binding,
  type BindingCall,
  type BindingFeature,
  type CoreAccessTokenKind,
  type CoreAuthorizationServerOptions,
  type CoreResourceOptions,
  custom,
  dpop,
  type Evidence,
  type Feature,
  introspection,
  mtls,
  type OperationFeature,
  operations,
  protectedResource,
  type ResourceFeature,
  revocation,
  sessions,
  type TokenFormatFeature,
} from 'mcp-gatehouse/core'

const known = new Map([['session-1', { sub: 'user-1', exp: 4_102_444_800 }]])
const lookUp = (token: string) => known.get(token) ?? null

// #region protectedResource
export const notes = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: ['https://auth.example.com'],
  requiredScopes: ['notes:read'],
})
// #endregion

// #region dpop
export const bound = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: ['https://auth.example.com'],
  dpop: dpop({ required: true, replay: false }),
})
// #endregion

// #region mtls
export const certified = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: ['https://auth.example.com'],
  mtls: mtls({ dangerouslyTrustHeader: 'Client-Cert' }),
})
// #endregion

// #region operations
export const perTool = operations(
  { '*': ['notes:read'], 'tools/call delete': ['notes:write'] },
  { maxBodyBytes: 65_536 },
)
// #endregion

// #region OperationFeature
export const rules: OperationFeature = operations({ '*': ['notes:read'] })
// #endregion

// #region introspection TokenFormatFeature
export const byServer: TokenFormatFeature = introspection({
  clientId: 'notes',
  clientSecret: 'from the environment',
})
// #endregion

// #region custom
export const bySession = custom({ verify: async (token) => lookUp(token) })
// #endregion

// #region CoreAccessTokenKind
export const formats: CoreAccessTokenKind[] = ['jwt', byServer]
// #endregion

// #region CoreAuthorizationServerOptions
export const server: CoreAuthorizationServerOptions = {
  issuer: 'https://auth.example.com',
  accessToken: ['jwt', byServer],
}
// #endregion

// #region CoreResourceOptions
export const options: CoreResourceOptions = {
  resource: 'https://api.example.com/notes',
  authorizationServers: [server],
  operations: perTool,
  dpop: dpop({ replay: false }),
}
// #endregion

// #region revocation ResourceFeature
export const revocable: ResourceFeature = revocation({ statusList: true })
// #endregion

// #region sessions
export const sealed = sessions({ secret: '32 random bytes from the environment' })
// #endregion

const written: AuditRecord[] = []

// #region audit
export const recorded = audit((record) => void written.push(record))
// #endregion

// #region Evidence
export function evidence(consume: (now: number) => boolean): Evidence {
  return {
    async consume(now) {
      return consume(now)
        ? { ok: true, value: undefined }
        : { ok: false, error: { code: 'binding_mismatch' } }
    },
  }
}
// #endregion

// #region BindingCall
export function senderOf({ request, certificate }: BindingCall): string | null {
  return certificate ?? request?.headers.get('X-Sender') ?? null
}
// #endregion

// #region Binding
export const bySender: Binding = {
  method: 'sender',
  async check(value, _token, call) {
    return senderOf(call) === value
      ? { ok: true, value: undefined }
      : { ok: false, error: { code: 'binding_mismatch' } }
  },
}
// #endregion

// #region BindingFeature
export const senders: BindingFeature = {
  kind: 'binding',
  name: 'senders',
  metadata: () => ({ senders_supported: true }),
  create: () => bySender,
}
// #endregion

// #region Feature
export const features: Feature[] = [senders]
// #endregion
