/** An MCP server of the official SDK with what the scenarios of the conformance runner call. */

import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import {
  CompleteRequestSchema,
  type CreateMessageResult,
  isInitializeRequest,
  SetLevelRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const SOUND = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA='

const image = { type: 'image', data: PIXEL, mimeType: 'image/png' } as const
const text = (value: string) => ({ type: 'text', text: value }) as const
const embedded = (uri: string, value: string) =>
  ({ type: 'resource', resource: { uri, mimeType: 'text/plain', text: value } }) as const

export type McpHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  body: unknown,
) => Promise<void>

/** A handler for `/mcp` with a session for each client. */
export function createMcpHandler(): McpHandler {
  const sessions = new Map<string, StreamableHTTPServerTransport>()
  return async (request, response, body) => {
    const id = request.headers['mcp-session-id']
    let transport = typeof id === 'string' ? sessions.get(id) : undefined
    if (transport === undefined && isInitializeRequest(body)) {
      const created = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (session) => void sessions.set(session, created),
      })
      await createMcpServer().connect(created)
      transport = created
    }
    if (transport === undefined) {
      response.writeHead(id === undefined ? 400 : 404).end()
      return
    }
    await transport.handleRequest(request, response, body)
  }
}

function createMcpServer(): McpServer {
  const capabilities = { logging: {}, completions: {}, resources: { subscribe: true } }
  const server = new McpServer({ name: 'referee', version: '1.0.0' }, { capabilities })
  addTools(server)
  addCalls(server)
  addResources(server)
  addPrompts(server)
  return server
}

function addTools(server: McpServer): void {
  const tool = (name: string, content: () => object[]) =>
    server.registerTool(name, { description: name }, async () => ({ content: content() as never }))
  tool('test_simple_text', () => [text('This is a simple text response for testing.')])
  tool('test_image_content', () => [image])
  tool('test_audio_content', () => [{ type: 'audio', data: SOUND, mimeType: 'audio/wav' }])
  tool('test_embedded_resource', () => [
    embedded('test://embedded-resource', 'This is an embedded resource content.'),
  ])
  tool('test_multiple_content_types', () => [
    text('Multiple content types test:'),
    image,
    embedded('test://mixed-content-resource', 'Mixed content.'),
  ])
  server.registerTool('test_error_handling', { description: 'Always fails' }, async () => ({
    isError: true,
    content: [text('This tool intentionally returns an error for testing')],
  }))
  const pause = () => new Promise((resolve) => setTimeout(resolve, 50))
  server.registerTool('test_tool_with_logging', { description: 'Logs' }, async (extra) => {
    for (const data of [
      'Tool execution started',
      'Tool processing data',
      'Tool execution completed',
    ]) {
      await extra.sendNotification({
        method: 'notifications/message',
        params: { level: 'info', data },
      })
      await pause()
    }
    return { content: [text('Tool with logging executed successfully')] }
  })
  server.registerTool('test_tool_with_progress', { description: 'Reports' }, async (extra) => {
    const progressToken = extra._meta?.progressToken ?? 0
    for (const progress of [0, 50, 100]) {
      const params = { progressToken, progress, total: 100 }
      await extra.sendNotification({ method: 'notifications/progress', params })
      await pause()
    }
    return { content: [text(String(progressToken))] }
  })
}

/** Tools that send a request to the client and wait for its response. */
function addCalls(server: McpServer): void {
  const prompt = { description: 'Asks the model', inputSchema: { prompt: z.string() } }
  server.registerTool('test_sampling', prompt, async (args, extra) => {
    const messages = [{ role: 'user' as const, content: text(args.prompt) }]
    const { content }: CreateMessageResult = await server.server.createMessage(
      { messages, maxTokens: 100 },
      { relatedRequestId: extra.requestId },
    )
    return { content: [text(`LLM response: ${'text' in content ? content.text : ''}`)] }
  })
  const message = { description: 'Asks the user', inputSchema: { message: z.string() } }
  server.registerTool('test_elicitation', message, async (args, extra) => {
    const requestedSchema = {
      type: 'object' as const,
      properties: {
        username: { type: 'string' as const, description: 'The name' },
        email: { type: 'string' as const, description: 'The address' },
      },
      required: ['username', 'email'],
    }
    const { action, content } = await server.server.elicitInput(
      { message: args.message, requestedSchema },
      { relatedRequestId: extra.requestId },
    )
    return { content: [text(`User response: ${action} ${JSON.stringify(content ?? {})}`)] }
  })
}

function addResources(server: McpServer): void {
  const mimeType = 'text/plain'
  server.registerResource('static-text', 'test://static-text', { mimeType }, async (uri) => ({
    contents: [
      { uri: uri.href, mimeType, text: 'This is the content of the static text resource.' },
    ],
  }))
  server.registerResource(
    'binary',
    'test://static-binary',
    { mimeType: 'image/png' },
    async (uri) => ({
      contents: [{ uri: uri.href, mimeType: 'image/png', blob: PIXEL }],
    }),
  )
  server.registerResource('watched', 'test://watched-resource', { mimeType }, async (uri) => ({
    contents: [{ uri: uri.href, mimeType, text: 'Watched resource content' }],
  }))
  const template = new ResourceTemplate('test://template/{id}/data', { list: undefined })
  const json = 'application/json'
  server.registerResource('template', template, { mimeType: json }, async (uri, { id }) => ({
    contents: [
      {
        uri: uri.href,
        mimeType: json,
        text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
      },
    ],
  }))
  const nothing = async () => ({})
  server.server.setRequestHandler(SubscribeRequestSchema, nothing)
  server.server.setRequestHandler(UnsubscribeRequestSchema, nothing)
  server.server.setRequestHandler(SetLevelRequestSchema, nothing)
  server.server.setRequestHandler(CompleteRequestSchema, async () => ({
    completion: { values: [], total: 0, hasMore: false },
  }))
}

function addPrompts(server: McpServer): void {
  const say = (...contents: object[]) => ({
    messages: contents.map((content) => ({ role: 'user' as const, content: content as never })),
  })
  server.registerPrompt('test_simple_prompt', {}, async () =>
    say(text('This is a simple prompt for testing.')),
  )
  const argsSchema = { arg1: z.string(), arg2: z.string() }
  server.registerPrompt('test_prompt_with_arguments', { argsSchema }, async ({ arg1, arg2 }) =>
    say(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)),
  )
  const uri = { resourceUri: z.string() }
  server.registerPrompt('test_prompt_with_embedded_resource', { argsSchema: uri }, async (args) =>
    say(embedded(args.resourceUri, 'Embedded resource content for testing.'), text('Process it.')),
  )
  server.registerPrompt('test_prompt_with_image', {}, async () => say(image, text('Analyze it.')))
}
