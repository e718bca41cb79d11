// An MCP server on standard input and output. It knows nothing of HTTP or OAuth.

import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'

const TOOLS = ['list_notes', 'delete_note'].map((name) => ({
  name,
  inputSchema: { type: 'object' },
}))
const METHODS = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'stdio', version: '1' },
  }),
  ping: () => ({}),
  'tools/list': () => ({ tools: TOOLS }),
  'tools/call': async ({ name, arguments: { waitMs = 0 } = {} }) => {
    await setTimeout(waitMs)
    return { content: [{ type: 'text', text: `called ${name}` }] }
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params = {} } = JSON.parse(line)
  if (id === undefined) continue
  const result = await METHODS[method]?.(params)
  const error = { code: -32601, message: 'unknown method' }
  const reply = result === undefined ? { error } : { result }
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...reply })}\n`)
}
