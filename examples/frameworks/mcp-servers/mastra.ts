import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { createTool } from '@mastra/core/tools'
import { MCPServer } from '@mastra/mcp'
import { authOf } from 'mcp-gatehouse'
import { bearerAuth, metadata } from 'mcp-gatehouse/node'
import * as z from 'zod'
import { listen } from '../listen.ts'
import { notes } from '../notes.ts'

const saved: string[] = []

const list_notes = createTool({
  id: 'list_notes',
  description: 'Lists notes.',
  execute: async (_, { mcp }) => {
    const { subject, clientId } = authOf(mcp?.extra)
    return `${subject} by ${clientId}: ${saved.join()}`
  },
})
const add_note = createTool({
  id: 'add_note',
  description: 'Adds a note.',
  inputSchema: z.object({ text: z.string() }),
  execute: async ({ text }, { mcp }) => {
    await setTimeout(400)
    saved.push(text)
    return `${authOf(mcp?.extra).subject} added ${text}`
  },
})
const server = new MCPServer({
  id: 'notes',
  name: 'notes',
  version: '1.0.0',
  tools: { list_notes, add_note },
})

const documents = metadata(notes)
const guard = bearerAuth(notes)
listen(
  createServer((req, res) =>
    documents(req, res, () =>
      guard(req, res, () => {
        const url = new URL(req.url ?? '/', notes.identifier)
        void server.startHTTP({ url, httpPath: '/mcp', req, res })
      }),
    ),
  ),
)
