/** A client that speaks stdio, with a program that speaks HTTP for it. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'

const [command, ...args] = process.argv.slice(2)
const client = new Client({ name: 'client', version: '1.0.0' })
await client.connect(new StdioClientTransport({ command, args, env: process.env }))
console.log(JSON.stringify(await client.callTool({ name: 'list_notes', arguments: {} })))
try {
  console.log(JSON.stringify(await client.callTool({ name: 'delete_note', arguments: { id: 1 } })))
} catch (error) {
  console.log(`${error}`)
}
process.exit(0)
