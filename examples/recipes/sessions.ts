import { type AuthContext, AuthError, type ProtectedResource, protect } from 'mcp-gatehouse'

/** What belongs to one principal: sessions, state handles, uploads, whatever has an id. */
export class Belongings<Thing> {
  readonly #things = new Map<string, Thing>()

  /** Keeps a thing and gives its new id, which is worth nothing without its owner's token. */
  add(auth: AuthContext, thing: Thing): string {
    const id = crypto.randomUUID()
    this.#things.set(keyOf(auth, id), thing)
    return id
  }

  /** Somebody else's id finds nothing, exactly like an id that never was. */
  find(auth: AuthContext, id: string): Thing | undefined {
    return this.#things.get(keyOf(auth, id))
  }

  remove(auth: AuthContext, id: string): boolean {
    return this.#things.delete(keyOf(auth, id))
  }
}

/**
 * The key of a thing: its principal and its id. The token changes with every refresh; the principal
 * does not. A subject and a client are unique only at their issuer, and a user is never a client.
 */
function keyOf({ issuer, subject, clientId }: AuthContext, id: string): string {
  if (subject !== undefined) return JSON.stringify(['user', issuer, subject, id])
  if (clientId !== '') return JSON.stringify(['client', issuer, clientId, id])
  // All tokens that name neither would be one principal.
  throw new AuthError('token_claims')
}

/** What your server remembers of a session. */
export interface Session {
  calls: number
}

/** A server with sessions, as MCP 2025-03-26 to 2025-11-25 have them. */
export function createSessionServer(
  resource: ProtectedResource,
): (request: Request) => Promise<Response> {
  const sessions = new Belongings<Session>()

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
