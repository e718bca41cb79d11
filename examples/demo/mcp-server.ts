/**
 * The protected MCP server: the code that you would write.
 *
 * `operations` lists the scopes of each tool. The tools do not handle tokens: a tool runs only after
 * its caller is authorized.
 */
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { Hono } from 'hono'
import {
  type AccessTokenKind,
  type AuthEvent,
  type ProtectedResourceOptions,
  protectedResource,
} from 'mcp-gatehouse'
import { type AuthVariables, bearerAuth, metadata } from 'mcp-gatehouse/hono'
import { z } from 'zod'

/** The configuration of a deployment. */
export interface NotesServerOptions {
  /** The URL for clients. It is the resource identifier and the audience of tokens. */
  readonly url: string
  /** The issuer of accepted tokens. */
  readonly issuer: string
  /** How tokens are verified. Default: as JWTs, with the issuer's published keys. */
  readonly accessToken?: AccessTokenKind | undefined
  /** Whether DPoP-bound tokens are accepted too. */
  readonly dpop?: boolean | undefined
  /** The origins of web pages that may call this server. */
  readonly origins?: readonly string[] | undefined
  /** Receives every decision with its reason: for your log, not for clients. */
  readonly onEvent?: ((event: AuthEvent) => void) | undefined
  /** Options that replace those of the demo. */
  readonly options?: Partial<ProtectedResourceOptions> | undefined
}

/**
 * Creates the notes server: three tools behind one protected endpoint.
 *
 * @param options Its URL, issuer and event handler.
 * @returns A Hono app.
 */
export function createNotesServer({
  url,
  issuer,
  accessToken,
  dpop,
  origins,
  onEvent,
  options,
}: NotesServerOptions): Hono<{ Variables: AuthVariables }> {
  const notes = protectedResource({
    resource: url,
    authorizationServers: [{ issuer, accessToken }],
    scopesSupported: ['notes:read', 'notes:write'],
    requiredScopes: ['notes:read'],
    operations: {
      'tools/call add_note': ['notes:write'],
      'tools/call delete_note': ['notes:write'],
    },
    metadata: { resource_name: 'Notes' },
    dpop,
    // Only clients of MCP 2025-03-26 look for the authorization server's metadata here.
    serveAuthorizationServerMetadata: true,
    origins,
    onEvent,
    ...options,
  })

  const handler = createMcpHandler(({ authInfo }) => createTools(ownerOf(authInfo?.extra)))

  const app = new Hono<{ Variables: AuthVariables }>()
  app.route('/', metadata(notes))
  app.use('/mcp', bearerAuth(notes))
  app.all('/mcp', (c) => handler.fetch(c.req.raw, { authInfo: c.var.auth }))
  return app
}

interface Note {
  readonly id: number
  readonly text: string
}

/** Notes by owner: users see their own notes only. */
const notebooks = new Map<string, Note[]>()

function createTools(owner: string): McpServer {
  const notes = notebooks.get(owner) ?? [
    { id: 1, text: 'Buy milk' },
    { id: 2, text: 'Water the plants' },
  ]
  notebooks.set(owner, notes)

  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  server.registerTool('list_notes', { description: 'Lists your notes.' }, () =>
    toResult(notes.map(({ id, text }) => `${id}: ${text}`).join('\n') || 'No notes.'),
  )
  server.registerTool(
    'add_note',
    {
      description: 'Adds a note.',
      inputSchema: z.object({ text: z.string().min(1) }),
    },
    ({ text }) => {
      const id = Math.max(0, ...notes.map((note) => note.id)) + 1
      notes.push({ id, text })
      return toResult(`Added note ${id}.`)
    },
  )
  server.registerTool(
    'delete_note',
    {
      description: 'Deletes a note.',
      inputSchema: z.object({ id: z.number().int() }),
    },
    ({ id }) => {
      const index = notes.findIndex((note) => note.id === id)
      if (index === -1) return { ...toResult(`Note ${id} does not exist.`), isError: true }
      notes.splice(index, 1)
      return toResult(`Deleted note ${id}.`)
    },
  )
  return server
}

/** A subject is unique within its issuer only. */
function ownerOf(extra: Record<string, unknown> | undefined): string {
  return JSON.stringify([extra?.issuer, extra?.subject])
}

function toResult(text: string): { content: { type: 'text'; text: string }[] } {
  return { content: [{ type: 'text', text }] }
}
