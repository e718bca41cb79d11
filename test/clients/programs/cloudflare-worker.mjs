/** An agent with an MCP server, as Cloudflare's documentation has it. Runs in workerd. */
import { Agent, routeAgentRequest } from 'agents'

export class Notes extends Agent {
  async onRequest(request) {
    const { pathname, origin } = new URL(request.url)
    const body = await request.text()
    if (pathname.endsWith('/add')) {
      return this.#respond(() => this.addMcpServer('notes', body, { callbackHost: origin }))
    }
    if (pathname.endsWith('/servers')) return this.#respond(() => this.getMcpServers().servers)
    const [serverId] = Object.keys(this.getMcpServers().servers)
    return this.#respond(() => this.mcp.callTool({ serverId, ...JSON.parse(body) }))
  }

  async #respond(action) {
    try {
      return Response.json(await action())
    } catch (error) {
      return Response.json({ error: String(error) })
    }
  }
}

export default {
  fetch: async (request, env) =>
    (await routeAgentRequest(request, env)) ?? new Response(undefined, { status: 404 }),
}
