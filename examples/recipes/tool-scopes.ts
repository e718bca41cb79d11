import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import {
  type AnonymousContext,
  type AuthContext,
  challengeResponse,
  isAuthError,
  type ProtectedResource,
  protect,
  requireScopes,
} from 'mcp-gatehouse'
import { z } from 'zod'

type Auth = AuthContext | AnonymousContext

/** A server where some may look, some may write, and who may export depends on the arguments. */
export function createToolServer(
  resource: ProtectedResource,
): (request: Request) => Promise<Response> {
  return protect(
    resource,
    async (request, auth) => {
      // What depends on arguments is decided here, while the answer can still be a 403.
      if (await asksForEverything(request, auth)) requireScopes(auth, ['notes:export'])
      const mcp = createMcpHandler(() => createTools(auth, resource))
      return auth.anonymous ? mcp.fetch(request) : mcp.fetch(request, { authInfo: auth })
    },
    { optional: true },
  )
}

async function asksForEverything(request: Request, { operations }: Auth): Promise<boolean> {
  if (!operations.some(({ name }) => name === 'export_notes')) return false
  const body = (await request.clone().json()) as { params?: { arguments?: { all?: boolean } } }
  // Several calls in one body: decide for the most that any of them could ask for.
  return Array.isArray(body) || body.params?.arguments?.all === true
}

function createTools(auth: Auth, resource: ProtectedResource): McpServer {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  server.registerTool('help', { description: 'Says what there is.' }, () => say('Ask for notes.'))
  server.registerTool('list_notes', { description: 'Lists notes.' }, () => say('1: Buy milk'))
  server.registerTool('delete_note', { description: 'Deletes a note.' }, () => say('Deleted.'))
  server.registerTool(
    'export_notes',
    { description: 'Exports notes.', inputSchema: z.object({ all: z.boolean().optional() }) },
    () => say('Exported.'),
  )
  server.registerTool('share_note', { description: 'Shares a note.' }, () =>
    orChallenge(resource, () => {
      requireScopes(auth.anonymous ? undefined : auth, ['notes:share'])
      return say('Shared.')
    }),
  )
  return server
}

/** For hosts that look for the challenge in the result of a tool, which is always a 200. */
function orChallenge<Result>(
  resource: ProtectedResource,
  run: () => Result,
): Result | ReturnType<typeof challenged> {
  try {
    return run()
  } catch (error) {
    if (isAuthError(error)) return challenged(error, resource)
    throw error
  }
}

function challenged(error: unknown, resource: ProtectedResource) {
  const challenge = challengeResponse(error, resource).headers.get('WWW-Authenticate')
  return {
    ...say('This needs a permission that was not given yet.'),
    isError: true,
    _meta: { 'mcp/www_authenticate': [challenge] },
  }
}

function say(text: string): { content: { type: 'text'; text: string }[] } {
  return { content: [{ type: 'text', text }] }
}
