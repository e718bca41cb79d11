/** Examples of events. `npm run docs` copies each region into the comments of its symbols. */

import {
  type AcceptedEvent,
  type AuthEvent,
  type DocumentEvent,
  protect,
  protectedResource,
  type RefusedEvent,
  type UnenforcedRejection,
  type WarningEvent,
} from 'mcp-gatehouse'

export const lines: string[] = []

// #region AuthEvent
export function log(event: AuthEvent): void {
  if (event.type === 'accepted') lines.push(formatAccepted(event))
  if (event.type === 'refused') lines.push(formatRefused(event))
  if (event.type === 'document') lines.push(formatDocument(event))
  if (event.type === 'warning') lines.push(formatWarning(event))
}
// #endregion

// #region AcceptedEvent
export function formatAccepted({ issuer, cached }: AcceptedEvent): string {
  return `accepted a token of ${issuer}${cached ? ' again' : ''}`
}
// #endregion

// #region UnenforcedRejection
export function formatUnenforced({ code, denied, expected = [] }: UnenforcedRejection): string {
  return `would be ${code}: ${denied ?? expected.join(', ')}`
}
// #endregion

// #region RefusedEvent
export function formatRefused({ status, code, expected = [] }: RefusedEvent): string {
  return `${status} ${code}, expected: ${expected.join(', ')}`
}
// #endregion

// #region DocumentEvent
export function formatDocument({ outcome, url, message }: DocumentEvent): string {
  return `${outcome} ${url} ${message ?? ''}`
}
// #endregion

// #region WarningEvent
export function formatWarning({ path, message }: WarningEvent): string {
  return `${path} ${message}`
}
// #endregion

export const handle = protect(
  protectedResource({
    resource: 'https://api.example.com/notes',
    authorizationServers: ['https://auth.example.com'],
    dpop: true,
    onEvent: log,
  }),
  () => new Response('done'),
)
