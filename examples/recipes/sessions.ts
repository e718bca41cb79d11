import { type AuthContext, AuthError, type ProtectedResource, protect } from 'mcp-gatehouse'

/** Items that belong to one principal each: sessions, state handles, uploads. */
export class OwnedItems<Item> {
  readonly #items = new Map<string, Item>()

  /** Stores an item and returns its new id, which is useless without a token of its owner. */
  add(auth: AuthContext, item: Item): string {
    const id = crypto.randomUUID()
    this.#items.set(keyOf(auth, id), item)
    return id
  }

  /** Finds nothing for an id of another principal, as for an unknown id. */
  find(auth: AuthContext, id: string): Item | undefined {
    return this.#items.get(keyOf(auth, id))
  }

  remove(auth: AuthContext, id: string): boolean {
    return this.#items.delete(keyOf(auth, id))
  }
}

/**
 * The key of an item: its principal and its id. The token changes with every refresh; the principal
 * does not. Subjects and clients are unique only at their issuer, and a user is never a client.
 */
function keyOf({ issuer, subject, clientId }: AuthContext, id: string): string {
  if (subject !== undefined) return JSON.stringify(['user', issuer, subject, id])
  if (clientId !== '') return JSON.stringify(['client', issuer, clientId, id])
  // Otherwise all tokens that name neither would share one principal.
  throw new AuthError('token_claims')
}

/** The state of a session. */
export interface Session {
  calls: number
}

/** A server with sessions (MCP 2025-03-26 to 2025-11-25). */
export function createSessionServer(
  resource: ProtectedResource,
): (request: Request) => Promise<Response> {
  const sessions = new OwnedItems<Session>()

  return protect(resource, (request, auth) => {
    const id = request.headers.get('Mcp-Session-Id')
    if (id === null) {
      const opened = sessions.add(auth, { calls: 0 })
      return new Response(null, { status: 202, headers: { 'Mcp-Session-Id': opened } })
    }
    const session = sessions.find(auth, id)
    if (session === undefined) return new Response('No such session', { status: 404 })
    if (request.method === 'DELETE') {
      sessions.remove(auth, id)
      return new Response(null, { status: 204 })
    }
    session.calls += 1
    return Response.json(session)
  })
}
