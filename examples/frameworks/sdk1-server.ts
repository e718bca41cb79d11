/** The tools with the MCP SDK 1.x. */

import { setTimeout } from 'node:timers/promises'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { authOf } from 'mcp-gatehouse'
import * as z from 'zod'

const saved: string[] = []

export function createNotesServer(): McpServer {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  server.registerTool('list_notes', {}, (extra) => {
    const { subject, clientId } = authOf(extra)
    return { content: [{ type: 'text', text: `${subject} by ${clientId}: ${saved.join()}` }] }
  })
  server.registerTool('add_note', { inputSchema: { text: z.string() } }, async (args, extra) => {
    const progressToken = extra._meta?.progressToken ?? ''
    await extra.sendNotification({
      method: 'notifications/progress',
      params: { progressToken, progress: 1 },
    })
    await setTimeout(400)
    saved.push(args.text)
    return { content: [{ type: 'text', text: `${authOf(extra).subject} added ${args.text}` }] }
  })
  return server
}
