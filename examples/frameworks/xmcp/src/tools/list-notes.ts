import { authOf } from 'mcp-gatehouse'
import type { ToolExtraArguments, ToolMetadata } from 'xmcp'
import { saved } from '../saved.ts'

export const metadata: ToolMetadata = { name: 'list_notes', description: 'Lists notes.' }
export const schema = {}

export default function listNotes(_: object, extra: ToolExtraArguments): string {
  const { subject, clientId } = authOf(extra)
  return `${subject} by ${clientId}: ${saved.join()}`
}
