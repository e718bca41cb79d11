/** Where a URL has no MCP server, the report names another URL of the site that has one. */

import { afterEach, expect, it } from 'vitest'
import { examine } from '../../../src/doctor/examine.ts'
import { type Site, startSite } from '../site.ts'

let site: Site | undefined
afterEach(() => site?.close())

async function messageFor(path: string, server: (pathname: string) => boolean): Promise<string> {
  site = await startSite({
    server: (request) =>
      server(new URL(request.url).pathname)
        ? undefined
        : new Response('Not found', { status: 404 }),
  })
  const { origin } = new URL(site.url)
  const { findings } = await examine({ url: `${origin}${path}` })
  return findings.find(({ id }) => id === 'not-mcp')?.message ?? 'none'
}

it('the path of most servers', async () => {
  expect(await messageFor('/api', (path) => path === '/mcp')).toContain(
    `An MCP server responds at ${site?.url}.`,
  )
})

it('the path without a slash', async () => {
  expect(await messageFor('/mcp/', (path) => path === '/mcp')).toContain(
    `An MCP server responds at ${site?.url}.`,
  )
})

it('none', async () => {
  const message = await messageFor('/api', () => false)
  expect(message).toContain('there is no MCP server at this URL')
  expect(message).not.toContain('responds at')
})
