import { setTimeout } from 'node:timers/promises'
import { authOf } from 'mcp-gatehouse'
import type { InferSchema, ToolExtraArguments, ToolMetadata } from 'xmcp'
import * as z from 'zod'
import { saved } from '../saved.ts'

export const metadata: ToolMetadata = { name: 'add_note', description: 'Adds a note.' }
export const schema = { text: z.string() }

export default async function addNote(
  { text }: InferSchema<typeof schema>,
  extra: ToolExtraArguments,
): Promise<string> {
  const progressToken = extra._meta?.progressToken ?? ''
  await extra.sendNotification({
    method: 'notifications/progress',
    params: { progressToken, progress: 1 },
  })
  await setTimeout(400)
  saved.push(text)
  return `${authOf(extra).subject} added ${text}`
}
