/** The Responses API: Codex. */

import { listOf, type Protocol, textOf } from './protocol.ts'

const USAGE = {
  input_tokens: 1,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 1,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 2,
}

export const OPENAI_RESPONSES: Protocol = {
  path: /\/responses(\?|$)/,
  end: '',
  isStream: () => true,
  tools: (body) =>
    listOf(body, 'tools').flatMap((each) =>
      each['type'] === 'namespace'
        ? listOf(each, 'tools').map(({ name }) => ({
            name: String(name),
            namespace: String(each['name']),
          }))
        : [{ name: String(each['name']) }],
    ),
  lastResult: (body) =>
    textOf(
      listOf(body, 'input').findLast(({ type }) => type === 'function_call_output')?.['output'],
    ),
  callTool: ({ name, namespace }, calls) =>
    respond(
      ...calls.map(({ id, args }) => ({
        type: 'function_call',
        id: `item_${id}`,
        call_id: id,
        name,
        ...(namespace === undefined ? {} : { namespace }),
        arguments: JSON.stringify(args),
        status: 'completed',
      })),
    ),
  sayText: (text) =>
    respond({
      type: 'message',
      id: 'item',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text, annotations: [] }],
    }),
  whole: (events) => (events.at(-1) as { response: object }).response,
}

function respond(...items: readonly object[]): readonly object[] {
  const response = { id: 'resp', object: 'response', created_at: 1, model: 'model' }
  return [
    { type: 'response.created', response: { ...response, status: 'in_progress', output: [] } },
    ...items.flatMap((item, index) => [
      { type: 'response.output_item.added', output_index: index, item },
      { type: 'response.output_item.done', output_index: index, item },
    ]),
    {
      type: 'response.completed',
      response: { ...response, status: 'completed', output: items, usage: USAGE },
    },
  ]
}
