/** Chat completions: Copilot, opencode, Qwen Code. */

import { listOf, type Protocol, textOf } from './protocol.ts'

const USAGE = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }

export const OPENAI_CHAT: Protocol = {
  path: /\/chat\/completions/,
  end: 'data: [DONE]\n\n',
  isStream: (_, body) => 'stream' in body && body.stream === true,
  tools: (body) =>
    listOf(body, 'tools').map((each) => ({
      name: String((each['function'] as { name?: unknown } | undefined)?.name),
    })),
  lastResult: (body) =>
    textOf(listOf(body, 'messages').findLast(({ role }) => role === 'tool')?.['content']),
  callTool: ({ name }, calls) => [
    chunk({
      role: 'assistant',
      tool_calls: calls.map(({ id, args }, index) => ({
        index,
        id,
        type: 'function',
        function: { name, arguments: JSON.stringify(args) },
      })),
    }),
    chunk({}, 'tool_calls'),
  ],
  sayText: (text) => [chunk({ role: 'assistant', content: text }), chunk({}, 'stop')],
  whole: ([first, last]) => {
    const [message] = choicesOf(first)
    const [end] = choicesOf(last)
    return {
      ...common('chat.completion'),
      choices: [{ index: 0, message: message?.delta, finish_reason: end?.finish_reason }],
    }
  },
}

interface Choice {
  readonly delta: object
  readonly finish_reason: string | null
}

function choicesOf(event: object | undefined): readonly Choice[] {
  return (event as { choices?: Choice[] } | undefined)?.choices ?? []
}

function chunk(delta: object, finish: string | null = null): object {
  return {
    ...common('chat.completion.chunk'),
    choices: [{ index: 0, delta, finish_reason: finish }],
  }
}

function common(object: string): object {
  return { id: 'chat', object, created: 1, model: 'model', usage: USAGE }
}
