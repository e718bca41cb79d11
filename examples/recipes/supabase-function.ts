import { protect, protectedResource } from 'mcp-gatehouse'
import { supabase } from 'mcp-gatehouse/providers'

const resource = 'https://ref.supabase.co/functions/v1/mcp'

const notes = protectedResource({
  resource,
  metadataUrl: `${resource}/.well-known/oauth-protected-resource`,
  authorizationServers: [supabase({ url: 'https://ref.supabase.co' })],
})

const serve = protect(notes, (_request, auth) => Response.json({ user: auth.subject }))

export default {
  /** The URL of a request inside the function begins with the function's name. */
  fetch(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url)
    return serve(new Request(`https://ref.supabase.co/functions/v1${pathname}${search}`, request))
  },
}
