/** What the doctor says about requests without a response, and fixes that depend on the response. */

import { expect, it, onTestFinished } from 'vitest'
import { doctor } from '../../src/doctor/index.ts'
import { METADATA_PATH, type SiteOptions, startSite } from './site.ts'

/** The findings about a correct site, whose connection breaks for some requests. */
async function examine(
  options: SiteOptions,
  breaks: (method: string, url: URL, headers: Headers) => boolean,
) {
  const site = await startSite(options)
  onTestFinished(() => site.close())
  const { findings } = await doctor(site.url, {
    fetch: (url, init = {}) =>
      breaks(init.method ?? 'GET', new URL(url), new Headers(init.headers))
        ? Promise.reject(new TypeError('fetch failed'))
        : fetch(url, init),
  })
  return (id: string) => findings.find((each) => each.id === id)
}

it.each([
  ['metadata-methods', 'HEAD', METADATA_PATH, 'HEAD gets no response (no connection).'],
  [
    'metadata-preflight',
    'OPTIONS',
    METADATA_PATH,
    'The preflight for the document gets no response (no connection).',
  ],
  [
    'cors-preflight',
    'OPTIONS',
    '/mcp',
    'A preflight from http://localhost:6274 gets no response (no connection).',
  ],
])('%s: says that a %s request to %s gets no response', async (id, method, path, message) => {
  const found = await examine({}, (each, url) => each === method && url.pathname === path)
  expect(found(id)).toMatchObject({ level: 'warning', message })
  expect(JSON.stringify(found(id))).not.toMatch(/\b0\b/)
})

it('passes where a POST for the document breaks the connection', async () => {
  const found = await examine({}, (method, url) => method === 'POST' && url.pathname !== '/mcp')
  expect(found('metadata-methods')).toMatchObject({
    level: 'pass',
    message: 'HEAD is answered like GET, POST gets no response (no connection).',
  })
})

it.each([
  [404, /^Check the path of the URL/],
  [405, /^Check the path of the URL/],
  [429, /^Raise the limit/],
  [500, /^Check for a token before any other validation/],
])('challenge-status: names the fix for a response with %i', async (status, remedy) => {
  const server = (request: Request) =>
    request.method === 'POST'
      ? new Response('no', { status, headers: { 'Retry-After': '0' } })
      : undefined
  const found = await examine({ server }, () => false)
  expect(found('challenge-status')?.remedy).toMatch(remedy)
})

it.each([
  [
    'garbage-status',
    'error',
    'POST',
    'An invalid token gets no response (no connection) instead of a 401.',
    'Limit the time of requests for keys and introspection, and answer 503 while they fail.',
  ],
  [
    'get-status',
    'warning',
    'GET',
    'GET gets no response (no connection).',
    'Answer GET with 401 without a token, or with 405 if there is no event stream. In mcp-gatehouse: getStream: false if the server has no event stream.',
  ],
  [
    'delete-status',
    'warning',
    'DELETE',
    'DELETE gets no response (no connection).',
    'Answer DELETE with 401 without a token, or with 405 if there are no sessions.',
  ],
])('%s: is %s where a %s gets no response', async (id, level, method, message, remedy) => {
  const found = await examine(
    {},
    (each, url, headers) =>
      each === method &&
      url.pathname === '/mcp' &&
      headers.has('Authorization') === (method === 'POST'),
  )
  expect(found(id)).toMatchObject({ level, message, remedy })
})
