/** The Messages API: Claude Code. */

import { listOf, type Protocol, textOf } from './protocol.ts'

export const ANTHROPIC: Protocol = {
  path: /\/v1\/messages(\?|$)/,
  end: '',
  isStream: (_, body) => 'stream' in body && body.stream === true,
  tools: (body) => listOf(body, 'tools').map(({ name }) => ({ name: String(name) })),
  lastResult: (body) => {
    const blocks = listOf(body, 'messages').flatMap((message) => listOf(message, 'content'))
    return textOf(blocks.findLast(({ type }) => type === 'tool_result')?.['content'])
  },
  callTool: ({ name }, calls) =>
    stream(
      calls.map(({ id, args }) => ({
        block: { type: 'tool_use', id: `toolu_${id}`, name, input: {} },
        delta: { type: 'input_json_delta', partial_json: JSON.stringify(args) },
      })),
      'tool_use',
    ),
  sayText: (text) =>
    stream(
      [{ block: { type: 'text', text: '' }, delta: { type: 'text_delta', text } }],
      'end_turn',
    ),
  whole: (events) => {
    const text = events.map((event) => ('delta' in event ? event.delta : {}))
    const said = text.find((each) => 'text' in (each as object)) as { text?: string } | undefined
    return message([{ type: 'text', text: said?.text ?? '' }], 'end_turn')
  },
}

interface Part {
  readonly block: object
  readonly delta: object
}

function stream(parts: readonly Part[], reason: string): readonly object[] {
  return [
    { type: 'message_start', message: message([], null) },
    ...parts.flatMap(({ block, delta }, index) => [
      { type: 'content_block_start', index, content_block: block },
      { type: 'content_block_delta', index, delta },
      { type: 'content_block_stop', index },
    ]),
    {
      type: 'message_delta',
      delta: { stop_reason: reason, stop_sequence: null },
      usage: { output_tokens: 1 },
    },
    { type: 'message_stop' },
  ]
}

function message(content: readonly object[], reason: string | null): object {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'model',
    content,
    stop_reason: reason,
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 1 },
  }
}
