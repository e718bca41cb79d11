/** A Worker with `McpAgent` of Cloudflare's agents: a Durable Object for each session. */

import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { McpAgent } from 'agents/mcp'
import { protect } from 'mcp-gatehouse/cloudflare'
import * as z from 'zod'
import { notes } from '../notes.ts'

interface Env {
  readonly NOTES: DurableObjectNamespace<Notes>
}

/** The identity of the request that opened the session, for all its requests. Without the token: it is stored. */
type Props = Readonly<Record<'subject' | 'clientId', string | undefined>>

const saved: string[] = []

export class Notes extends McpAgent<Env, unknown, Props> {
  server = new McpServer({ name: 'notes', version: '1.0.0' })

  async init(): Promise<void> {
    this.server.registerTool('list_notes', {}, () => {
      const { subject, clientId } = this.props ?? {}
      return { content: [{ type: 'text', text: `${subject} by ${clientId}: ${saved.join()}` }] }
    })
    const inputSchema = { text: z.string() }
    this.server.registerTool('add_note', { inputSchema }, async ({ text }, extra) => {
      await extra.sendNotification({
        method: 'notifications/progress',
        params: { progressToken: extra._meta?.progressToken ?? '', progress: 1 },
      })
      await new Promise((resolve) => setTimeout(resolve, 400))
      saved.push(text)
      return { content: [{ type: 'text', text: `${this.props?.subject} added ${text}` }] }
    })
  }
}

const mcp = Notes.serve('/mcp', { binding: 'NOTES' })

export default protect<Env, ExecutionContext>(notes, (request, auth, env, ctx) => {
  const { subject, clientId } = auth
  return mcp.fetch(request, env, Object.assign(ctx, { props: { subject, clientId } }))
})
