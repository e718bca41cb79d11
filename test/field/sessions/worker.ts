/** An MCP server with `McpAgent`, as its documentation shows it. */

import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { McpAgent } from 'agents/mcp'

export class Notes extends McpAgent {
  server = new McpServer({ name: 'notes', version: '1.0.0' })

  async init(): Promise<void> {
    this.server.registerTool('count', {}, () => ({ content: [{ type: 'text', text: 'counted' }] }))
  }
}

export default Notes.serve('/mcp', { binding: 'NOTES' })
