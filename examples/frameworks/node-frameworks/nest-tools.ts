/** The tools with @rekog/mcp-nest. */

import { setTimeout } from 'node:timers/promises'
import { Controller, Get, Module, Req } from '@nestjs/common'
import { Ctx, Payload } from '@nestjs/microservices'
import {
  MCP_STRATEGY,
  type McpContext,
  McpController,
  McpStrategy,
  StreamableHttpTransport,
  Tool,
} from '@rekog/mcp-nest'
import { authOf, requireScopes } from 'mcp-gatehouse'
import * as z from 'zod'

const saved: string[] = []

export const mcp = new McpStrategy({
  name: 'notes',
  version: '1.0.0',
  transports: [new StreamableHttpTransport()],
})

@McpController()
class NotesController {
  @Tool({ name: 'list_notes', description: 'Lists notes.' })
  list(@Ctx() ctx: McpContext) {
    const { subject, clientId } = authOf(ctx.getRawRequest())
    return { content: [{ type: 'text', text: `${subject} by ${clientId}: ${saved.join()}` }] }
  }

  @Tool({
    name: 'add_note',
    description: 'Adds a note.',
    parameters: z.object({ text: z.string() }),
  })
  async add(@Payload() { text }: { text: string }, @Ctx() ctx: McpContext) {
    await ctx.reportProgress({ progress: 1 })
    await setTimeout(400)
    saved.push(text)
    const { subject } = authOf(ctx.getRawRequest())
    return { content: [{ type: 'text', text: `${subject} added ${text}` }] }
  }
}

/** A route beside the tools. */
@Controller('mcp/export')
class ExportController {
  @Get()
  export(@Req() request: object) {
    requireScopes(authOf(request), ['notes:export'])
    return saved
  }
}

@Module({
  controllers: [NotesController, ExportController],
  providers: [{ provide: MCP_STRATEGY, useValue: mcp }],
})
export class NotesModule {}
