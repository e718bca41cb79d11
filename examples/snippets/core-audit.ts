/** Examples of audit records. `npm run docs` copies each region into the comments of its symbols. */

import { type AuditRecord, protectedResource } from 'mcp-gatehouse'

export const lines: string[] = []

// #region AuditRecord
export function writeRecord(record: AuditRecord): void {
  const operations = record.operations.map(({ method, name = '' }) => `${method} ${name}`)
  lines.push(JSON.stringify({ ...record, operations }))
}
// #endregion

export const notes = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: ['https://auth.example.com'],
  audit: writeRecord,
})
