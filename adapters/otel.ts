/** OpenTelemetry: what the library tells, as counters and durations. */

import { type Attributes, type Meter, metrics } from '@opentelemetry/api'
import type { AuthEvent } from '../src/index.ts'

/** Seconds. A remembered token takes microseconds, a cold start some round trips. */
const DURATION_BOUNDARIES = [
  0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
]

/**
 * Makes a listener that counts and times what happens at a resource. Give it as `onEvent`, and
 * `measureDurations: true` beside it; to listen yourself as well, call it from your own listener.
 *
 * It records
 *
 * - `mcp_gatehouse.decisions` — requests accepted or refused
 * - `mcp_gatehouse.decision.duration` — seconds each decision took, if durations are measured
 * - `mcp_gatehouse.documents` — metadata, keys and introspection: fetched, stale, failed
 * - `mcp_gatehouse.warnings` — configuration that is probably not what was meant
 *
 * Attributes are the outcome, our code as `error.type`, the status, the resource and the issuer, all
 * of them from your configuration or from a closed list: no token, subject, client, audience or key
 * id, and nothing that a caller could make up to fill your memory.
 *
 * @param meter Where to record; by default the global meter provider's, named `mcp-gatehouse`.
 * @returns The listener.
 * @example
 * ```ts
 * const notes = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: ['https://auth.example.com'],
 *   onEvent: telemetry(),
 *   measureDurations: true,
 * })
 * ```
 */
export function telemetry(
  meter: Meter = metrics.getMeter('mcp-gatehouse'),
): (event: AuthEvent) => void {
  const decisions = meter.createCounter('mcp_gatehouse.decisions', {
    unit: '{request}',
    description: 'Requests that were accepted or refused',
  })
  const durations = meter.createHistogram('mcp_gatehouse.decision.duration', {
    unit: 's',
    description: 'Time from a request to the decision about it',
    advice: { explicitBucketBoundaries: DURATION_BOUNDARIES },
  })
  const documents = meter.createCounter('mcp_gatehouse.documents', {
    unit: '{document}',
    description: 'Documents of authorization servers that were fetched, or could not be',
  })
  const warnings = meter.createCounter('mcp_gatehouse.warnings', {
    unit: '{warning}',
    description: 'Configuration that is probably not what was meant',
  })

  return (event) => {
    switch (event.type) {
      case 'accepted':
      case 'refused': {
        const attributes = attributesOf(event)
        decisions.add(1, attributes)
        if (event.durationMs !== undefined) durations.record(event.durationMs / 1000, attributes)
        return
      }
      case 'document':
        documents.add(1, {
          'mcp_gatehouse.outcome': event.outcome,
          'mcp_gatehouse.issuer': event.issuer,
          ...(event.code === undefined ? {} : { 'error.type': event.code }),
        })
        return
      case 'warning':
        warnings.add(1, { 'mcp_gatehouse.option': event.path })
    }
  }
}

function attributesOf(event: Extract<AuthEvent, { type: 'accepted' | 'refused' }>): Attributes {
  const common = {
    'mcp_gatehouse.outcome': event.type,
    'mcp_gatehouse.resource': event.resource,
    'mcp_gatehouse.issuer': event.issuer ?? 'unknown',
  }
  if (event.type === 'accepted') return { ...common, 'mcp_gatehouse.cached': event.cached }
  return {
    ...common,
    'error.type': event.code,
    'http.response.status_code': event.status,
  }
}
