import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { FastMCP } from 'fastmcp'
import { forward } from 'mcp-gatehouse/gateway'
import { protect } from 'mcp-gatehouse/node'
import * as z from 'zod'
import { listen } from '../listen.ts'
import { notes } from '../notes.ts'

/** FastMCP listens here, on loopback only: its hook for authentication does not see the body. */
const INNER = Number(process.env['INNER_PORT'] ?? 3001)
const saved: string[] = []

// The guard sets these fields and removes what a client sends under their names.
const server = new FastMCP({
  name: 'notes',
  version: '1.0.0',
  authenticate: async ({ headers }) => ({
    subject: String(headers['x-user']),
    clientId: String(headers['x-client']),
  }),
})
server.addTool({
  name: 'list_notes',
  execute: async (_, { session }) => `${session?.subject} by ${session?.clientId}: ${saved.join()}`,
})
server.addTool({
  name: 'add_note',
  parameters: z.object({ text: z.string() }),
  execute: async ({ text }, { session, reportProgress }) => {
    await reportProgress({ progress: 1 })
    await setTimeout(400)
    saved.push(text)
    return `${session?.subject} added ${text}`
  },
})
await server.start({
  transportType: 'httpStream',
  httpStream: { host: '127.0.0.1', port: INNER, endpoint: '/mcp' },
})

const upstream = forward(`http://127.0.0.1:${INNER}/mcp`, {
  headers: {
    'X-User': (auth) => (auth.anonymous ? undefined : auth.subject),
    'X-Client': (auth) => (auth.anonymous ? undefined : auth.clientId),
  },
})
listen(createServer(protect(notes, upstream)))
