/** The tools with the MCP SDK 2.x. */

import { McpServer } from '@modelcontextprotocol/server'
import { authOf } from 'mcp-gatehouse'
import * as z from 'zod'

const saved: string[] = []

export function createNotesServer(): McpServer {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  addNotesTools(server)
  return server
}

export function addNotesTools(server: McpServer): void {
  server.registerTool('list_notes', {}, (ctx) => {
    const { subject, clientId } = authOf(ctx)
    return { content: [{ type: 'text', text: `${subject} by ${clientId}: ${saved.join()}` }] }
  })
  const inputSchema = z.object({ text: z.string() })
  server.registerTool('add_note', { inputSchema }, async ({ text }, ctx) => {
    const progressToken = ctx.mcpReq._meta?.progressToken ?? ''
    await ctx.mcpReq.notify({
      method: 'notifications/progress',
      params: { progressToken, progress: 1 },
    })
    await new Promise((resolve) => setTimeout(resolve, 400))
    saved.push(text)
    return { content: [{ type: 'text', text: `${authOf(ctx).subject} added ${text}` }] }
  })
}
