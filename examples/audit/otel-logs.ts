/** Writes audit records as OpenTelemetry logs. */

import type { AuditRecord } from 'mcp-gatehouse'

/** The part of a `Logger` of `@opentelemetry/api-logs` that is used here. */
export interface Logger {
  emit(record: {
    eventName: string
    timestamp: Date
    severityNumber: number
    severityText: string
    body: string
    attributes: Record<string, string | number | string[]>
  }): void
}

/** Severity numbers of the OpenTelemetry logs data model. */
const INFO = { severityNumber: 9, severityText: 'INFO' }
const WARN = { severityNumber: 13, severityText: 'WARN' }

/**
 * Creates the function for `audit`.
 *
 * @param logger Of your provider: `logs.getLogger('mcp-gatehouse.audit')`. If it has an active span, the SDK adds
 * the trace context itself.
 */
export function auditToOtelLogs(logger: Logger): (record: AuditRecord) => void {
  return (record) => {
    const { outcome, operations, time } = record
    logger.emit({
      eventName: 'mcp.audit',
      timestamp: new Date(time * 1000),
      ...(outcome === 'allowed' ? INFO : WARN),
      body: `${outcome}: ${operations.map(nameOf).join(', ') || 'no operation'}`,
      attributes: attributesOf(record),
    })
  }
}

/** Names of the semantic conventions where there are some. Attributes without a value are left out. */
function attributesOf(record: AuditRecord): Record<string, string | number | string[]> {
  const { actor, operations, scopes } = record
  const attributes = {
    'http.response.status_code': record.status,
    'mcp.resource': record.resource,
    'mcp.operations': operations.map(nameOf),
    'error.type': record.code,
    'user.id': record.subject,
    'oauth.issuer': record.issuer,
    'oauth.client_id': record.clientId,
    'oauth.token_id': record.tokenId,
    'oauth.actor': actor?.subject ?? actor?.clientId,
    'oauth.scopes.granted': [...scopes.granted],
    'oauth.scopes.needed': [...scopes.needed],
    'mcp.denied': record.denied,
    trace_id: record.traceId,
  }
  return Object.fromEntries(
    Object.entries(attributes).filter((entry): entry is [string, string | number | string[]] => {
      return entry[1] !== undefined
    }),
  )
}

function nameOf({ method, name }: AuditRecord['operations'][number]): string {
  return name === undefined ? method : `${method} ${name}`
}
