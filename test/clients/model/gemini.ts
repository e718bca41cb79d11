/** The Gemini API: Gemini CLI. */

import { listOf, type Protocol, textOf } from './protocol.ts'

export const GEMINI: Protocol = {
  path: /:(streamG|g)enerateContent/,
  end: '',
  isStream: (path) => path.includes(':stream'),
  tools: (body) =>
    listOf(body, 'tools')
      .flatMap((each) => listOf(each, 'functionDeclarations'))
      .map(({ name }) => ({ name: String(name) })),
  lastResult: (body) => {
    const parts = listOf(body, 'contents').flatMap((content) => listOf(content, 'parts'))
    return textOf(parts.findLast((part) => 'functionResponse' in part)?.['functionResponse'])
  },
  callTool: ({ name }, calls) => [
    respond(...calls.map(({ args }) => ({ functionCall: { name, args } }))),
  ],
  sayText: (text) => [respond({ text })],
  whole: ([first = {}]) => first,
}

function respond(...parts: readonly object[]): object {
  return {
    candidates: [{ index: 0, content: { role: 'model', parts }, finishReason: 'STOP' }],
    usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
    modelVersion: 'model',
  }
}
