/**
 * The protected MCP server: everything in this file is what you would write yourself.
 *
 * Each tool says in `operations` what it needs. Nothing below that line knows about tokens: when a
 * tool runs, somebody has been found to be allowed to call it.
 */
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { Hono } from 'hono'
import { type AccessTokenKind, type AuthEvent, protectedResource } from 'mcp-gatehouse'
import { type AuthVariables, bearerAuth, metadata } from 'mcp-gatehouse/hono'
import { z } from 'zod'

/** What differs from one place of installation to the next. */
export interface NotesServerOptions {
  /** The URL clients connect to; it is also the resource identifier their tokens must name. */
  readonly url: string
  /** Whose tokens are accepted. */
  readonly issuer: string
  /** How they are verified. Default: as JWTs, with the keys that the issuer publishes. */
  readonly accessToken?: AccessTokenKind | undefined
  /** Whether tokens that are bound to a key are accepted, beside the others. */
  readonly dpop?: boolean | undefined
  /** Web pages, by origin, that may call this server from a browser. */
  readonly origins?: readonly string[] | undefined
  /** Hears what was accepted and refused, and why: for your log, never for the client. */
  readonly onEvent?: ((event: AuthEvent) => void) | undefined
}

/**
 * Makes the notes server: three tools behind one protected endpoint.
 *
 * @param options Its URL, whose tokens it accepts, and who listens to its events.
 * @returns A Hono app, to be served wherever Hono runs.
 */
export function createNotesServer({
  url,
  issuer,
  accessToken,
  dpop,
  origins,
  onEvent,
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
    // Clients of MCP 2025-03-26 look here for the authorization server; later ones never do.
    serveAuthorizationServerMetadata: true,
    origins,
    onEvent,
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

/** By owner, so that nobody finds anybody else's. */
const notebooks = new Map<string, Note[]>()

function createTools(owner: string): McpServer {
  const notes = notebooks.get(owner) ?? [
    { id: 1, text: 'Buy milk' },
    { id: 2, text: 'Water the plants' },
  ]
  notebooks.set(owner, notes)

  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  server.registerTool('list_notes', { description: 'Lists your notes.' }, () =>
    answer(notes.map(({ id, text }) => `${id}: ${text}`).join('\n') || 'No notes.'),
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
      return answer(`Added note ${id}.`)
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
      if (index === -1) return { ...answer(`There is no note ${id}.`), isError: true }
      notes.splice(index, 1)
      return answer(`Deleted note ${id}.`)
    },
  )
  return server
}

/** A subject is only unique at its issuer, so the two go together. */
function ownerOf(extra: Record<string, unknown> | undefined): string {
  return JSON.stringify([extra?.issuer, extra?.subject])
}

function answer(text: string): { content: { type: 'text'; text: string }[] } {
  return { content: [{ type: 'text', text }] }
}
