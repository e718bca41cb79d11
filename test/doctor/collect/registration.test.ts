/** The registration that a server must reject, and the client of a server that accepts it. */

import { afterEach, expect, it } from 'vitest'
import { examine } from '../../../src/doctor/examine.ts'
import { type Site, type SiteOptions, startSite } from '../site.ts'

let site: Site | undefined
afterEach(() => site?.close())

async function requestsTo(path: string, options: SiteOptions): Promise<Request[]> {
  site = await startSite(options)
  await examine({ url: site.url })
  return site.seen
    .map(({ request }) => request)
    .filter(({ url, method }) => new URL(url).pathname === path && method !== 'OPTIONS')
}

it('is sent once, without credentials, with a text that is not a URI', async () => {
  const requests = await requestsTo('/tenant/register', {})
  expect(requests.map(({ method }) => method)).toEqual(['POST'])
  expect(requests[0]?.headers.get('Authorization')).toBeNull()
  const body = (await requests[0]?.json()) as { redirect_uris: string[] }
  expect(body.redirect_uris.filter((uri) => URL.canParse(uri))).toEqual([])
  expect(body.redirect_uris).toHaveLength(1)
})

/** A server that creates the client, and names a URL to delete it. */
function accepting(clientUrl: (origin: string) => string): SiteOptions {
  const authority: SiteOptions['authority'] = (request) => {
    const { origin, pathname } = new URL(request.url)
    if (pathname === '/tenant/clients/1') return new Response(null, { status: 204 })
    if (pathname !== '/tenant/register' || request.method !== 'POST') return undefined
    const client = {
      client_id: '1',
      registration_client_uri: clientUrl(origin),
      registration_access_token: 'of the client',
    }
    return Response.json(client, { status: 201 })
  }
  return { authority }
}

it('is followed by the deletion of the client that a server creates all the same', async () => {
  const options = accepting((origin) => `${origin}/tenant/clients/1`)
  const requests = await requestsTo('/tenant/clients/1', options)
  expect(requests.map(({ method, headers }) => [method, headers.get('Authorization')])).toEqual([
    ['DELETE', 'Bearer of the client'],
  ])
})

it('is followed by no deletion at another origin', async () => {
  const options = accepting(() => new URL('/tenant/clients/1', site?.url).href)
  expect(await requestsTo('/tenant/clients/1', options)).toEqual([])
})

it('is not sent where no endpoint is published', async () => {
  const metadata = { registration_endpoint: undefined }
  expect(await requestsTo('/tenant/register', { metadata })).toEqual([])
})

it('leaves no secret of such a client in the report', async () => {
  const secrets = { client_secret: 'marker-1', registration_access_token: 'marker-2' }
  site = await startSite({
    authority: ({ url, method }) =>
      new URL(url).pathname === '/tenant/register' && method === 'POST'
        ? Response.json(secrets, { status: 201 })
        : undefined,
  })
  const report = await examine({ url: site.url })
  const finding = report.findings.find(({ id }) => id === 'server-registration')
  expect(finding).toMatchObject({ level: 'warning', received: '201' })
  expect(JSON.stringify(report)).not.toContain('marker')
})
