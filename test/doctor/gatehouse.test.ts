/** The doctor names an option for a server of this library, and for no other server. */

import { afterEach, expect, it } from 'vitest'
import { examine } from '../../src/doctor/examine.ts'
import { challenge } from './breaks.ts'
import { type Site, type SiteOptions, startSite } from './site.ts'

let site: Site | undefined
afterEach(() => site?.close())

async function remedyOf(id: string, options: SiteOptions): Promise<string | undefined> {
  site = await startSite(options)
  const { findings } = await examine({ url: site.url, origin: 'https://app.example' })
  return findings.find((finding) => finding.id === id && finding.level !== 'pass')?.remedy
}

it('names origins for a page that is not allowed', async () => {
  expect(await remedyOf('cors-preflight', {})).toMatch(
    /\. In mcp-gatehouse: origins: \["https:\/\/app\.example"\]\.$/,
  )
})

it('names challengeScopes for scopes that the server does not list', async () => {
  const options = { metadata: { scopes_supported: ['openid'] } }
  expect(await remedyOf('server-challenge-scopes', options)).toContain('challengeScopes')
})

it('names resource where the challenge names the document of another URL, and no document is found', async () => {
  const server: SiteOptions['server'] = (request, context) =>
    request.url.includes('oauth-protected-resource')
      ? new Response(null, { status: 404 })
      : challenge((header) => header.replace('resource/mcp', 'resource/behind'))(request, context)
  expect(await remedyOf('metadata-found', { server })).toMatch(
    /\. In mcp-gatehouse: resource: ".*\/mcp"\.$/,
  )
})

it('names no option where one of the descriptions is not that of this library', async () => {
  const server = challenge((header) => header.replace('expired', 'old'))
  expect(await remedyOf('cors-preflight', { server })).not.toContain('mcp-gatehouse')
})
