/** The server of the flow page. */

import { readFileSync } from 'node:fs'
import { get } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FlowPage, startFlowPage } from '../../examples/demo/flow-page.ts'
import type { Servers } from '../../examples/demo/servers.ts'

describe('startFlowPage()', () => {
  let flow: FlowPage
  beforeAll(async () => {
    flow = await startFlowPage()
  })
  afterAll(() => flow.close())

  it('responds with 404 before setServers()', async () => {
    expect((await fetch(flow.origin)).status).toBe(404)
  })

  it('serves the page with a policy that allows only its own script, style and servers', async () => {
    flow.setServers({
      mcpUrl: 'http://127.0.0.1:1/mcp',
      authorizationServer: { issuer: 'http://127.0.0.1:2' } as Servers['authorizationServer'],
    })
    const response = await fetch(flow.origin)
    const policy = response.headers.get('Content-Security-Policy')?.split('; ') ?? []
    expect(response.headers.get('Referrer-Policy')).toBe('no-referrer')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain('connect-src http://127.0.0.1:1 http://127.0.0.1:2')
    expect(policy.join()).not.toMatch(/unsafe|\*/)
    expect(await response.text()).toContain(
      '<meta name="mcp-server" content="http://127.0.0.1:1/mcp">',
    )
  })

  it('serves one page, with GET and HEAD only', async () => {
    expect((await fetch(`${flow.origin}/favicon.ico`)).status).toBe(404)
    expect((await fetch(flow.origin, { method: 'POST' })).status).toBe(405)
    expect(await (await fetch(flow.origin, { method: 'HEAD' })).text()).toBe('')
  })

  it('redirects other host names to the origin that the MCP server lists', async () => {
    const { port } = new URL(flow.origin)
    const location = await new Promise((resolve) => {
      get(flow.origin, { headers: { Host: `localhost:${port}` } }, (response) => {
        response.resume()
        resolve(response.headers.location)
      })
    })
    expect(location).toBe(`${flow.origin}/`)
  })

  it('serves a file that loads nothing', () => {
    const html = readFileSync(new URL('../../examples/demo/flow.html', import.meta.url), 'utf8')
    // The link to the product is the only one.
    const rest = html.replace('href="https://www.npmjs.com/package/mcp-gatehouse"', '')
    const found = rest.match(/ src=| href="(?!data:)|@import|\burl\((?!\))|innerHTML|https:/g)
    expect(found).toBeNull()
  })
})
