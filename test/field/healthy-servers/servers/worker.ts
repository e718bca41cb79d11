/** workers-oauth-provider in front of an MCP server, as its documentation shows it. */

import { OAuthProvider } from '@cloudflare/workers-oauth-provider'

/** Replaced when the Worker is built. */
declare const RESOURCE: string

const api = {
  fetch: async (): Promise<Response> => Response.json({ jsonrpc: '2.0', id: 1, result: {} }),
}
const pages = {
  fetch: async (): Promise<Response> => new Response('Not found', { status: 404 }),
}

export default new OAuthProvider({
  apiRoute: '/mcp',
  apiHandler: api as never,
  defaultHandler: pages as never,
  authorizeEndpoint: '/authorize',
  tokenEndpoint: '/token',
  clientRegistrationEndpoint: '/register',
  scopesSupported: ['notes:read'],
  resourceMetadata: { resource: RESOURCE },
})
