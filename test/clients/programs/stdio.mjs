/** A client that speaks stdio, with a program that speaks HTTP for it. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { callInEachStep } from './control.mjs'

const [command, ...args] = process.argv.slice(2)
const client = new Client({ name: 'client', version: '1.0.0' })
await client.connect(new StdioClientTransport({ command, args, env: process.env }))
await callInEachStep((name, toolArguments) => client.callTool({ name, arguments: toolArguments }))
