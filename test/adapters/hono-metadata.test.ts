/** The metadata of the Hono adapter, as applications mount it. */

import { Hono } from 'hono'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { bearerAuth, metadata } from '../../adapters/hono.ts'
import {
  type AuthEvent,
  type ProtectedResource,
  type ProtectedResourceOptions,
  protectedResource,
} from '../../src/index.ts'
import { createClock } from '../support/clock.ts'
import { createIssuer, METADATA_URL, RESOURCE, type TestIssuer } from '../support/issuer.ts'
import { unchecked } from '../support/unchecked.ts'

const NOTES = 'https://rs.example/notes'
const NOTES_METADATA = 'https://rs.example/.well-known/oauth-protected-resource/notes'
const APP = 'https://app.example'

let issuer: TestIssuer
let resource: ProtectedResource
let notes: ProtectedResource

beforeEach(async () => {
  issuer = await createIssuer()
  resource = make(RESOURCE)
  notes = make(NOTES)
})

function make(
  identifier: string,
  options: Partial<ProtectedResourceOptions> = {},
): ProtectedResource {
  return protectedResource({
    ...options,
    resource: identifier,
    authorizationServers: [issuer.issuer],
    fetch: issuer.fetch,
    now: createClock().now,
    origins: [APP],
  })
}

describe('metadata()', () => {
  it('mounts at the root and passes on everything else', async () => {
    const app = new Hono()
      .route('/', metadata(resource))
      .post('/mcp', bearerAuth(resource), (c) => c.text('done'))
      .get('/other', (c) => c.text('other'))
    const response = await app.request(METADATA_URL)
    expect(response.status).toBe(200)
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*')
    expect(await response.json()).toEqual(resource.metadata)
    expect(await (await app.request('https://rs.example/other')).text()).toBe('other')
    expect((await app.request(RESOURCE, { method: 'POST' })).status).toBe(401)
    expect((await app.request('https://rs.example/nothing')).status).toBe(404)
  })

  it('may follow a guard only if that lets anonymous requests pass', async () => {
    const errors = vi.spyOn(console, 'error').mockReturnValue()
    const optional = new Hono()
      .use(bearerAuth(resource, { optional: true }))
      .route('/', metadata(resource))
    const response = await optional.request(METADATA_URL)
    expect([response.status, await response.json()]).toEqual([200, resource.metadata])
    expect(errors).not.toHaveBeenCalled()

    const events: AuthEvent[] = []
    resource = make(RESOURCE, { onEvent: (event) => events.push(event) })
    const app = new Hono().use(bearerAuth(resource)).route('/', metadata(resource))
    const rejected = await app.request(METADATA_URL)
    expect([rejected.status, rejected.headers.get('WWW-Authenticate')]).toEqual([500, null])
    expect(await rejected.json()).toEqual({
      error: 'server_error',
      error_description: `bearerAuth() received the request for the metadata of ${RESOURCE}: put metadata() before bearerAuth().`,
    })
    expect(events).toEqual([{ type: 'refused', resource: RESOURCE, code: 'internal', status: 500 }])
    expect(errors).toHaveBeenCalledOnce()
    errors.mockRestore()
  })

  it('names a function that returns no resource, also below a path', async () => {
    for (const mount of ['/', '/api']) {
      const app = new Hono().onError((error, c) => c.text(error.message, 500))
      app.route(mount, metadata(unchecked<() => ProtectedResource>(() => undefined)))
      const response = await app.request('/api/x')
      expect([response.status, await response.text()]).toEqual([
        500,
        'The resource was not created by protectedResource().',
      ])
    }
  })

  it('warns once where it is mounted below a path, and requests for the metadata do not arrive', async () => {
    const text = (base: string, target: string) =>
      `has metadata() below ${base}, where requests for ${target} do not arrive; mount it on the application that listens: app.route('/', metadata(resource))`
    const derived = '/.well-known/oauth-protected-resource/mcp'
    const named = 'https://rs.example/api/metadata'
    const cases: [mount: (child: Hono) => Hono, metadataUrl: string | undefined, text?: string][] =
      [
        [(child) => new Hono().route('/', child), undefined],
        [(child) => new Hono().route('/api', child), undefined, text('/api', derived)],
        [
          (child) => new Hono().basePath('/api').route('/v1', child),
          undefined,
          text('/api/v1', derived),
        ],
        [(child) => new Hono().route('/api', child), named],
        [(child) => new Hono().route('/ap', child), named, text('/ap', '/api/metadata')],
        // The parameter may stand for `.well-known`.
        [(child) => new Hono().route('/:any', child), undefined],
      ]
    for (const [mount, metadataUrl, message] of cases) {
      const events: AuthEvent[] = []
      const one = make(RESOURCE, { metadataUrl, onEvent: (event) => events.push(event) })
      for (const known of [one, [one], () => one]) {
        events.length = 0
        const app = mount(metadata(known))
        for (const path of ['/api/x', '/api/v1/x', '/ap/x', '/api/x']) await app.request(path)
        const warning = { type: 'warning', path: 'hono', message }
        expect(events).toEqual(message === undefined ? [] : [warning])
      }
    }
  })

  it('responds to HEAD and OPTIONS, and with 405 to other methods', async () => {
    const app = new Hono().route('/', metadata(resource))
    const head = await app.request(METADATA_URL, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect(head.headers.get('Content-Type')).toBe('application/json')
    expect((await app.request(METADATA_URL, { method: 'OPTIONS' })).status).toBe(204)
    const post = await app.request(METADATA_URL, { method: 'POST' })
    expect([post.status, post.headers.get('Allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
  })

  it('serves several resources from one mount, and 404 for any other', async () => {
    const app = new Hono().route('/', metadata([resource, notes]))
    for (const each of [resource, notes]) {
      expect(await (await app.request(each.metadataUrl)).json()).toEqual(each.metadata)
    }
    const unknown = await app.request('https://rs.example/.well-known/oauth-protected-resource/x')
    expect([unknown.status, unknown.headers.get('Cache-Control')]).toEqual([404, 'no-store'])
  })

  it.each(['metadata first', 'notes first'])('mounts twice, %s', async (order) => {
    const pair = order === 'notes first' ? [notes, resource] : [resource, notes]
    const app = new Hono()
    for (const each of pair) app.route('/', metadata(each))
    for (const each of [resource, notes]) {
      const response = await app.request(each.metadataUrl)
      expect([response.status, await response.json()]).toEqual([200, each.metadata])
    }
    const unknown = await app.request('https://rs.example/.well-known/oauth-protected-resource/x')
    expect(unknown.status).toBe(404)
    expect(unknown.headers.get('Content-Type')).toBe('application/json')
    expect(unknown.headers.get('Cache-Control')).toBe('no-store')
    expect(unknown.headers.get('Access-Control-Allow-Origin')).toBe('*')
  })

  it('accepts a function of the context', async () => {
    const app = new Hono<{ Bindings: { which: ProtectedResource } }>()
    app.route(
      '/',
      metadata((c) => c.env.which),
    )
    const response = await app.request(NOTES_METADATA, {}, { which: notes })
    expect(await response.json()).toEqual(notes.metadata)
    const other = await app.request(NOTES_METADATA, {}, { which: resource })
    expect(other.status).toBe(404)
  })

  it('is public in an otherwise protected application', async () => {
    const app = new Hono().route('/', metadata(resource)).use('*', bearerAuth(resource))
    expect((await app.request(METADATA_URL)).status).toBe(200)
    const junk = await app.request(METADATA_URL, { headers: { Authorization: 'Bearer junk' } })
    expect(await junk.json()).toEqual(resource.metadata)
    expect((await app.request(RESOURCE)).status).toBe(401)
    const unknown = await app.request('https://rs.example/.well-known/oauth-protected-resource')
    expect([unknown.status, unknown.headers.get('WWW-Authenticate')]).toEqual([404, null])
  })

  it('serves authorization server metadata if the resource is configured to', async () => {
    const mirror = protectedResource({
      resource: RESOURCE,
      authorizationServers: [issuer.issuer],
      fetch: issuer.fetch,
      serveAuthorizationServerMetadata: true,
    })
    const url = 'https://rs.example/.well-known/oauth-authorization-server'
    const serving = new Hono().route('/', metadata(mirror))
    expect(await (await serving.request(url)).json()).toEqual(issuer.metadata)
    const silent = new Hono().route('/', metadata(resource))
    expect((await silent.request(url)).status).toBe(404)
  })
})
