import {
  createMcpHandler,
  createRequestStateCodec,
  inputRequired,
  McpServer,
} from '@modelcontextprotocol/server'
import { type AuthContext, AuthError, authOf, type ProtectedResource, protect } from 'mcp-gatehouse'

/**
 * The principal of a context as text. The token changes with every refresh; the principal does not. Subjects
 * and clients are unique only at their issuer, and a user is never a client.
 */
export function principalOf({ issuer, subject, clientId }: AuthContext): string {
  if (subject !== undefined) return JSON.stringify(['user', issuer, subject])
  if (clientId !== '') return JSON.stringify(['client', issuer, clientId])
  // Otherwise all tokens that name neither would share one principal.
  throw new AuthError('token_claims')
}

/** Items that belong to one principal each: drafts, uploads, tasks. */
export class OwnedItems<Item> {
  readonly #items = new Map<string, Item>()

  /** Stores an item and returns its new handle, which is useless without a token of its owner. */
  add(auth: AuthContext, item: Item): string {
    const id = crypto.randomUUID()
    this.#items.set(keyOf(auth, id), item)
    return id
  }

  /** Finds nothing for a handle of another principal, as for an unknown one. */
  find(auth: AuthContext, id: string): Item | undefined {
    return this.#items.get(keyOf(auth, id))
  }

  remove(auth: AuthContext, id: string): boolean {
    return this.#items.delete(keyOf(auth, id))
  }
}

function keyOf(auth: AuthContext, id: string): string {
  return JSON.stringify([principalOf(auth), id])
}

/** A tool with a question in between (MCP 2026-07-28): its `requestState` is bound to the principal. */
export function createConfirmingServer(
  resource: ProtectedResource,
  secret: string,
): (request: Request) => Promise<Response> {
  const state = createRequestStateCodec<{ draft: string }>({
    key: secret,
    bind: (ctx) => principalOf(authOf(ctx)),
  })
  const mcp = createMcpHandler(() => {
    const server = new McpServer(
      { name: 'notes', version: '1.0.0' },
      { requestState: { verify: state.verify } },
    )
    server.registerTool('publish', {}, async (ctx) => {
      const confirmed = ctx.mcpReq.requestState<{ draft: string }>()
      if (confirmed !== undefined) {
        return { content: [{ type: 'text', text: `${confirmed.draft} is published` }] }
      }
      return inputRequired({ requestState: await state.mint({ draft: 'draft 1' }, ctx) })
    })
    return server
  })
  return protect(resource, (request, auth) => mcp.fetch(request, { authInfo: auth }))
}
