/** The types of audit and revocation. Never run: `tsc` is the test. */

import {
  type Actor,
  type AuditRecord,
  type AuthErrorCode,
  backchannelLogoutResponse,
  type DocumentStore,
  type McpOperation,
  type ProtectedResource,
  type ProtectedResourceOptions,
  type RevocationOptions,
  type RevocationQuery,
  type RevokedBefore,
  revokedBefore,
} from 'mcp-gatehouse'
import { type Same, yes } from './yardsticks.ts'

declare const resource: ProtectedResource
declare const store: DocumentStore
declare const request: Request

yes<Same<AuditRecord['outcome'], 'allowed' | 'rejected'>>()
yes<Same<AuditRecord['code'], AuthErrorCode | undefined>>()
yes<Same<AuditRecord['actor'], Actor | undefined>>()
yes<Same<AuditRecord['operations'], readonly McpOperation[]>>()
for (const name of ['issuer', 'subject', 'clientId', 'tokenId', 'denied'] as const) {
  yes<Same<AuditRecord[typeof name], string | undefined>>()
}
yes<
  Same<
    ProtectedResourceOptions['audit'],
    ((record: AuditRecord) => void | Promise<void>) | undefined
  >
>()
yes<Same<ProtectedResourceOptions['revocation'], RevocationOptions | undefined>>()

// A query as the contract writes it, without `expiresAt`.
const query: RevocationQuery = {
  issuer: 'https://as.example',
  sub: undefined,
  subject: undefined,
  clientId: undefined,
  tokenId: undefined,
  sessionId: undefined,
  issuedAt: undefined,
}
const options: RevocationOptions = {
  isRevoked: undefined,
  statusList: undefined,
  whenUnavailable: undefined,
  timeoutMs: undefined,
}
yes<
  Same<
    RevocationOptions['isRevoked'],
    ((token: RevocationQuery) => boolean | Promise<boolean>) | undefined
  >
>()

const marks: RevokedBefore = revokedBefore(store, { keepSeconds: 60, now: () => 0 })
revokedBefore({ get: store.get, set: store.set })
export const answers: [Promise<boolean>, Promise<void>, Promise<void>, Promise<void>] = [
  marks.isRevoked(query),
  marks.revoke({ issuer: 'https://as.example', sub: 'user-1' }),
  marks.revoke({ issuer: 'https://as.example', sessionId: 's' }, 1),
  marks.revoke({ issuer: 'https://as.example', clientId: 'c' }),
]
// @ts-expect-error A user is a user of an issuer.
void marks.revoke({ sub: 'user-1' })
// @ts-expect-error Nothing is named.
void marks.revoke({ issuer: 'https://as.example' })

export const responses: Promise<Response>[] = [
  backchannelLogoutResponse(request, resource, marks, { clientId: 'c' }),
  backchannelLogoutResponse(request, resource, marks, { clientId: { 'https://as.example': 'c' } }),
]
// @ts-expect-error The client ID is required.
void backchannelLogoutResponse(request, resource, marks, {})

export { options }
