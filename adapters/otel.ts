/** OpenTelemetry: events as counters and durations. */

import { type Attributes, type Meter, metrics } from '@opentelemetry/api'
import type { AuthEvent } from '../src/index.ts'

/** Seconds. A cached token takes microseconds, a cold start several round trips. */
const DURATION_BOUNDARIES = [
  0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
]

/**
 * Creates a listener that records the events of a resource as metrics. Pass it as `onEvent`, together with
 * `measureDurations: true`. To handle events yourself as well, call it from your own listener.
 *
 * It records
 *
 * - `mcp_gatehouse.decisions` — requests accepted or rejected
 * - `mcp_gatehouse.decision.duration` — seconds that each decision took, if durations are measured
 * - `mcp_gatehouse.documents` — metadata, keys and introspection: fetched, stale, failed
 * - `mcp_gatehouse.warnings` — configuration that is probably a mistake
 *
 * Attributes are the outcome, the error code as `error.type`, the status, the resource and the issuer.
 * Their values come from your configuration or from a closed list. Tokens, subjects, clients, audiences
 * and key IDs are left out, and a caller cannot create new values that fill the memory.
 *
 * @param meter The meter to record with; by default `mcp-gatehouse` of the global meter provider, which may be
 * registered later, before the first request.
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
export function telemetry(meter?: Meter): (event: AuthEvent) => void {
  // Without a registered provider the meter records nothing, also after one was registered.
  const currentMeter = () => meter ?? metrics.getMeter('mcp-gatehouse')
  let instruments = meter && createInstruments(meter)
  return (event) => {
    if (event.type === 'warning') {
      // Most warnings are emitted when the resource is created.
      const warnings = currentMeter().createCounter('mcp_gatehouse.warnings', {
        unit: '{warning}',
        description: 'Configuration that is probably a mistake',
      })
      warnings.add(1, { 'mcp_gatehouse.option': event.path })
      return
    }
    instruments ??= createInstruments(currentMeter())
    const { decisions, durations, documents } = instruments
    if (event.type === 'document') {
      documents.add(1, {
        'mcp_gatehouse.outcome': event.outcome,
        'mcp_gatehouse.issuer': event.issuer,
        ...(event.code === undefined ? {} : { 'error.type': event.code }),
      })
      return
    }
    const attributes = attributesOf(event)
    decisions.add(1, attributes)
    if (event.durationMs !== undefined) durations.record(event.durationMs / 1000, attributes)
  }
}

function createInstruments(meter: Meter) {
  const decisions = meter.createCounter('mcp_gatehouse.decisions', {
    unit: '{request}',
    description: 'Requests that were accepted or rejected',
  })
  const durations = meter.createHistogram('mcp_gatehouse.decision.duration', {
    unit: 's',
    description: 'Time from the start of a request to its decision',
    advice: { explicitBucketBoundaries: DURATION_BOUNDARIES },
  })
  const documents = meter.createCounter('mcp_gatehouse.documents', {
    unit: '{document}',
    description: 'Documents of authorization servers that were fetched or failed',
  })
  return { decisions, durations, documents }
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
    ...(event.logout === true ? { 'mcp_gatehouse.logout': true } : {}),
  }
}
