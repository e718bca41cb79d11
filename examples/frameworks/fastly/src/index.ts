/// <reference types="@fastly/js-compute" />

import 'abortcontroller-polyfill/dist/abortcontroller-polyfill-only'
import { ConfigStore } from 'fastly:config-store'
import { createMcpHandler } from '@modelcontextprotocol/server'
import { protect, protectedResource } from 'mcp-gatehouse'
import { createNotesServer } from '../../sdk2-server.ts'

const mcp = createMcpHandler(createNotesServer)

// Not at module scope, which runs when the program is built.
function createHandler() {
  const config = new ConfigStore('notes')
  const notes = protectedResource({
    resource: config.get('resource') ?? '',
    authorizationServers: [config.get('issuer') ?? ''],
    requiredScopes: ['notes:read'],
    scopesSupported: ['notes:read', 'notes:write'],
    operations: { 'tools/call add_note': ['notes:write'] },
    fetch: (url, init) => fetch(url, { ...init, backend: 'issuer' }),
  })
  return protect(notes, (request, auth) => mcp.fetch(request, { authInfo: auth }))
}

addEventListener('fetch', (event) => event.respondWith(createHandler()(event.request)))
