import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { describe, expect, it, onTestFinished } from 'vitest'
import { telemetry } from '../../adapters/otel.ts'
import {
  backchannelLogoutResponse,
  type ProtectedResourceOptions,
  protect,
  protectedResource,
  revokedBefore,
} from '../../src/index.ts'
import { createTestIssuer } from '../../src/testing/index.ts'
import { createClock } from '../support/clock.ts'
import { RESOURCE } from '../support/issuer.ts'
import { unchecked } from '../support/unchecked.ts'

function createScene(options: Partial<ProtectedResourceOptions> = {}) {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  // Collects when the test calls it, and never by a timer.
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 31 - 1 })
  const provider = new MeterProvider({ readers: [reader] })
  const clock = createClock()
  const issuer = createTestIssuer({ resource: RESOURCE, now: clock.now })
  const resource = protectedResource({
    resource: RESOURCE,
    authorizationServers: [issuer.issuer],
    fetch: issuer.fetch,
    now: clock.now,
    onEvent: telemetry(provider.getMeter('test')),
    measureDurations: true,
    ...options,
  })
  const serve = protect(resource, () => new Response('handled'))
  return {
    issuer,
    clock,
    resource,
    send: async (token: string) =>
      (await serve(new Request(RESOURCE, { headers: { Authorization: `Bearer ${token}` } })))
        .status,
    collect: async () => {
      await provider.forceFlush()
      const [last] = exporter.getMetrics().slice(-1)
      await provider.shutdown()
      return last?.scopeMetrics.flatMap(({ metrics }) => metrics) ?? []
    },
  }
}

function points(metrics: readonly MetricData[], name: string) {
  const found = metrics.find(({ descriptor }) => descriptor.name === name)
  return found?.dataPoints.map(({ attributes, value }) => ({ ...attributes, value })) ?? []
}

const COMMON = {
  'mcp_gatehouse.resource': RESOURCE,
  'mcp_gatehouse.issuer': 'https://issuer.test',
}

describe('telemetry() records', () => {
  it('requests where the global provider is registered after the resource is made', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
    const reader = new PeriodicExportingMetricReader({
      exporter,
      exportIntervalMillis: 2 ** 31 - 1,
    })
    const provider = new MeterProvider({ readers: [reader] })
    const { send } = createScene({ onEvent: telemetry(), dpop: true })
    metrics.setGlobalMeterProvider(provider)
    onTestFinished(() => metrics.disable())
    expect(await send('opaque')).toBe(401)
    await provider.forceFlush()
    const recorded = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics)
    await provider.shutdown()
    expect(recorded.map(({ scope }) => scope.name)).toEqual(['mcp-gatehouse'])
    expect(points(recorded[0]?.metrics ?? [], 'mcp_gatehouse.decisions')).toEqual([
      expect.objectContaining({ 'error.type': 'token_malformed', value: 1 }),
    ])
  })

  it('nothing with an argument that is not a meter, and says so when it is called', () => {
    expect(() => telemetry(unchecked(new MeterProvider()))).toThrow(TypeError)
  })

  it('requests by outcome, code and issuer', async () => {
    const { issuer, send, collect } = createScene()
    const token = await issuer.token()
    await send(token)
    await send(token)
    await send(await issuer.token({ aud: 'https://other.test' }))
    await send(await issuer.token({ iss: 'https://other.test' }))
    expect(points(await collect(), 'mcp_gatehouse.decisions')).toEqual([
      { ...COMMON, 'mcp_gatehouse.outcome': 'accepted', 'mcp_gatehouse.cached': false, value: 1 },
      { ...COMMON, 'mcp_gatehouse.outcome': 'accepted', 'mcp_gatehouse.cached': true, value: 1 },
      {
        ...COMMON,
        'mcp_gatehouse.outcome': 'refused',
        'error.type': 'token_audience',
        'http.response.status_code': 401,
        value: 1,
      },
      {
        ...COMMON,
        'mcp_gatehouse.outcome': 'refused',
        'mcp_gatehouse.issuer': 'unknown',
        'error.type': 'token_issuer',
        'http.response.status_code': 401,
        value: 1,
      },
    ])
  })

  it('rejected logout tokens apart from requests', async () => {
    const { resource, collect } = createScene()
    const body = new URLSearchParams({ logout_token: 'a.b.c' })
    const request = new Request('https://rs.test/logout', { method: 'POST', body })
    const revocations = revokedBefore({ get: async () => undefined, set: async () => {} })
    const options = { clientId: 'app' }
    const response = await backchannelLogoutResponse(request, resource, revocations, options)
    expect(response.status).toBe(400)
    expect(points(await collect(), 'mcp_gatehouse.decisions')).toEqual([
      {
        ...COMMON,
        'mcp_gatehouse.outcome': 'refused',
        'mcp_gatehouse.issuer': 'unknown',
        'mcp_gatehouse.logout': true,
        'error.type': 'token_malformed',
        'http.response.status_code': 400,
        value: 1,
      },
    ])
  })

  it('the duration of decisions, in seconds', async () => {
    const { issuer, send, collect } = createScene()
    await send(await issuer.token())
    await send('garbage')
    const metrics = await collect()
    const [accepted, rejected] = points(metrics, 'mcp_gatehouse.decision.duration')
    expect(accepted).toMatchObject({ 'mcp_gatehouse.outcome': 'accepted', value: { count: 1 } })
    expect(rejected).toMatchObject({ 'error.type': 'token_malformed', value: { count: 1 } })
    const sum = (accepted?.value as { sum?: number } | undefined)?.sum
    expect(sum).toBeGreaterThan(0)
    expect(sum).toBeLessThan(10)
    const histogram = metrics.find(({ descriptor }) => descriptor.name.endsWith('duration'))
    expect(histogram?.descriptor).toMatchObject({ unit: 's' })
  })

  it('no durations without measureDurations', async () => {
    const { issuer, send, collect } = createScene({ measureDurations: undefined })
    await send(await issuer.token())
    const metrics = await collect()
    expect(points(metrics, 'mcp_gatehouse.decisions')).toHaveLength(1)
    expect(points(metrics, 'mcp_gatehouse.decision.duration')).toEqual([])
  })

  it('documents, and the reason of a failure', async () => {
    const { issuer, send, collect } = createScene()
    issuer.fail('html', 'jwks')
    expect(await send(await issuer.token())).toBe(503)
    const metrics = await collect()
    const about = { 'mcp_gatehouse.issuer': issuer.issuer, value: 1 }
    expect(points(metrics, 'mcp_gatehouse.documents')).toEqual([
      { ...about, 'mcp_gatehouse.outcome': 'fetched' },
      { ...about, 'mcp_gatehouse.outcome': 'failed', 'error.type': 'not_json' },
    ])
    expect(points(metrics, 'mcp_gatehouse.decisions')).toMatchObject([
      { 'error.type': 'unavailable', 'http.response.status_code': 503 },
    ])
  })

  it('warnings about the configuration', async () => {
    const { collect } = createScene({ resource: 'https://rs.example/mcp?tenant=1' })
    expect(points(await collect(), 'mcp_gatehouse.warnings')).toEqual([
      { 'mcp_gatehouse.option': 'resource', value: 1 },
    ])
  })
})

describe('telemetry() never', () => {
  it('records a token, or its subject', async () => {
    const { issuer, send, collect } = createScene()
    const marker = 'marker-7f3a'
    const claims = { sub: marker, client_id: marker, jti: marker, scope: marker }
    const token = await issuer.token(claims)
    await send(token)
    await send(await issuer.token({ ...claims, aud: `https://${marker}.test` }))
    await send(await issuer.token({ ...claims, iss: `https://${marker}.test` }))
    await send(await issuer.token(claims, { header: { kid: marker } }))
    await send(`${marker}.${marker}.${marker}`)
    const recorded = JSON.stringify(await collect())
    expect(recorded).toContain('token_audience')
    expect(recorded).not.toContain(marker)
    for (const part of token.split('.')) expect(recorded).not.toContain(part)
  })

  it('needs an SDK: without one it has no effect', () => {
    const listen = telemetry()
    expect(() =>
      listen({ type: 'warning', path: 'resource', message: 'is probably not what was meant' }),
    ).not.toThrow()
  })
})
