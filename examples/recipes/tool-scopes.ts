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

/** A server with public tools, tools with scopes, and a tool whose scopes depend on its arguments. */
export function createToolServer(
  resource: ProtectedResource,
): (request: Request) => Promise<Response> {
  return protect(
    resource,
    async (request, auth) => {
      // Scopes that depend on arguments are checked here, before the response has begun, so a 403 is possible.
      if (await exportsEverything(request, auth)) requireScopes(auth, ['notes:export'])
      const mcp = createMcpHandler(() => createTools(auth, resource))
      return auth.anonymous ? mcp.fetch(request) : mcp.fetch(request, { authInfo: auth })
    },
    { optional: true },
  )
}

async function exportsEverything(request: Request, { operations }: Auth): Promise<boolean> {
  if (!operations.some(({ name }) => name === 'export_notes')) return false
  const body = (await request.clone().json()) as { params?: { arguments?: { all?: boolean } } }
  // A batch: require the scope as if one of its calls exports everything.
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

/** For hosts that read the challenge from the result of a tool, which always has status 200. */
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
    ...say('This tool needs a permission that was not granted yet.'),
    isError: true,
    _meta: { 'mcp/www_authenticate': [challenge] },
  }
}

function say(text: string): { content: { type: 'text'; text: string }[] } {
  return { content: [{ type: 'text', text }] }
}
