/** Examples of revocation. `npm run docs` copies each region into the comments of its symbols. */

import {
  backchannelLogoutResponse,
  type DocumentStore,
  protectedResource,
  type RevocationOptions,
  type RevocationQuery,
  type RevokedBefore,
  revokedBefore,
} from 'mcp-gatehouse'

const entries = new Map<string, string>()
const store: DocumentStore = {
  get: async (key) => entries.get(key),
  set: async (key, value) => void entries.set(key, value),
}

// #region revokedBefore
export const revocations = revokedBefore(store, { keepSeconds: 86_400 })

export const notes = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: ['https://auth.example.com'],
  revocation: { isRevoked: revocations.isRevoked },
})

export async function logOutEverywhere(sub: string): Promise<void> {
  await revocations.revoke({ issuer: 'https://auth.example.com', sub })
}
// #endregion

const blocked = new Set<string>()

// #region RevocationQuery
export function isBlocked({ issuer, sub, tokenId = '' }: RevocationQuery): boolean {
  return blocked.has(`${issuer} ${sub}`) || blocked.has(tokenId)
}
// #endregion

// #region RevocationOptions
export const revocation: RevocationOptions = {
  isRevoked: isBlocked,
  statusList: true,
  whenUnavailable: 'reject',
  timeoutMs: 250,
}
// #endregion

// #region RevokedBefore
export async function blockClient(marks: RevokedBefore, clientId: string): Promise<void> {
  await marks.revoke({ issuer: 'https://auth.example.com', clientId })
}
// #endregion

// #region backchannelLogoutResponse
// Serves https://api.example.com/backchannel-logout, the registered `backchannel_logout_uri`.
export function serveLogout(request: Request): Promise<Response> {
  return backchannelLogoutResponse(request, notes, revocations, { clientId: 'notes-app' })
}
// #endregion
