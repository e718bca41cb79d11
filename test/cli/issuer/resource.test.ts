/** The `resource` of requests to the development issuer: how clients may spell it (RFC 8707 §2). */

import { decodeJwt } from 'jose'
import { expect, it } from 'vitest'
import { createBrowser } from '../../../examples/demo/browser.ts'
import { CLI_CLIENT, createClient, REDIRECT, type Tokens } from './client.ts'
import { startIssuer } from './start.ts'

it.each([
  // What `URL` makes of it, and so the SDKs of MCP.
  ['http://localhost:3000', 'http://localhost:3000/'],
  ['http://localhost:3000/', 'http://localhost:3000'],
  ['https://api.example/mcp', 'https://api.example:443/mcp'],
  ['https://api.example/mcp', 'HTTPS://API.example/mcp'],
])('%s is %s, too, and tokens name it as configured', async (resource, spelling) => {
  const issuer = await startIssuer(resource, ...CLI_CLIENT)
  const client = createClient(issuer)
  const url = client.authorizeUrl({ resource: spelling })
  const { arrived } = await createBrowser({}).open(url, new URL(REDIRECT))
  const redeemed = await client.redeem(arrived.searchParams.get('code'), { resource: spelling })
  const tokens = (await redeemed.json()) as Tokens
  expect(decodeJwt(tokens.access_token).aud).toBe(resource)
  const refreshed = await client.refresh(tokens.refresh_token, { resource: spelling })
  expect(refreshed.status).toBe(200)
})

it.each([
  'https://api.example/MCP',
  'https://api.example/mcp/',
  'https://api.example/mcp#',
  'https://api.example/mcp?x',
  'http://api.example/mcp',
  'https:api.example/mcp',
  'https:\\\\api.example/mcp',
  ' https://api.example/mcp',
  'mcp',
])('%j is another resource', async (resource) => {
  const issuer = await startIssuer('https://api.example/mcp', ...CLI_CLIENT)
  const client = createClient(issuer)
  const response = await fetch(client.authorizeUrl({ resource }), { redirect: 'manual' })
  const target = new URL(response.headers.get('Location') ?? '')
  expect(target.searchParams.get('error')).toBe('invalid_target')
  const redeemed = await client.redeem('unknown', { resource })
  expect([redeemed.status, await redeemed.json()]).toEqual([
    400,
    {
      error: 'invalid_target',
      error_description: 'The resource of this issuer is https://api.example/mcp.',
    },
  ])
})
