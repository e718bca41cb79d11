/** A pretend language model on loopback. It asks for the steps one after the other, in the protocol of each vendor. */

import type { ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { isObject } from '../../../src/lib/json.ts'
import { argumentsOf, PAUSE_MS, type Step } from '../steps.ts'
import { ANTHROPIC } from './anthropic.ts'
import { GEMINI } from './gemini.ts'
import { OPENAI_CHAT } from './openai-chat.ts'
import { OPENAI_RESPONSES } from './openai-responses.ts'
import type { Call, Protocol, Tool } from './protocol.ts'

export interface ModelObserver {
  enter(step: string): void
  /** The text of a tool's result. */
  hear(step: string, text: string): void
}

export interface Model {
  serve(path: string, body: string, response: ServerResponse): Promise<void>
  /** Asks for these steps from now on. */
  plan(steps: readonly Step[]): void
  /** A client starts a session. */
  begin(): void
  /** `no tools`: a session has ended before the client had the tools; another one may have them. */
  state(): 'started' | 'no tools' | 'finished'
}

/** How many sessions a client has to show the tools to its model. */
export const MAX_SESSIONS = 3
const PROTOCOLS: readonly Protocol[] = [OPENAI_CHAT, OPENAI_RESPONSES, ANTHROPIC, GEMINI]

export function createModel(observer: ModelObserver): Model {
  let steps: readonly Step[] = []
  /** How many steps have been asked for. */
  let asked = 0
  let state: ReturnType<Model['state']> = 'started'
  let failures = 0

  async function next(protocol: Protocol, body: object): Promise<readonly object[]> {
    const tools = protocol.tools(body)
    // Titles and summaries are asked for without tools.
    if (tools.length === 0) return protocol.sayText('Notes')
    const previous = steps[asked - 1]
    if (previous !== undefined) observer.hear(previous.name, protocol.lastResult(body))
    await setTimeout(PAUSE_MS)
    // Some clients ask the model before they have connected.
    if (asked === 0 && !tools.some(isNotes) && ++failures < MAX_SESSIONS) {
      state = 'no tools'
      return protocol.sayText('Finished.')
    }
    for (let step = steps[asked]; step !== undefined; step = steps[asked]) {
      asked++
      const { name, tool } = step
      observer.enter(name)
      const found = tools.find((each) => each.name.endsWith(tool))
      if (found !== undefined) return protocol.callTool(found, toCalls(step))
      observer.hear(name, 'The tool is gone.')
    }
    state = 'finished'
    return protocol.sayText('Finished.')
  }

  return {
    async serve(path, text, response) {
      const protocol = PROTOCOLS.find((each) => each.path.test(path))
      const body: unknown = text === '' ? undefined : JSON.parse(text)
      if (protocol === undefined || !isObject(body)) {
        response.writeHead(200, { 'Content-Type': 'application/json' })
        response.end(JSON.stringify({ data: [{ id: 'model', object: 'model' }], models: [] }))
        return
      }
      const events = await next(protocol, body)
      if (!protocol.isStream(path, body)) {
        response.writeHead(200, { 'Content-Type': 'application/json' })
        response.end(JSON.stringify(protocol.whole(events)))
        return
      }
      response.writeHead(200, { 'Content-Type': 'text/event-stream' })
      for (const event of events) {
        const type = 'type' in event ? `event: ${event.type}\n` : ''
        response.write(`${type}data: ${JSON.stringify(event)}\n\n`)
      }
      response.end(protocol.end)
    },
    plan: (given) => {
      steps = given
      asked = 0
      failures = 0
      state = 'started'
    },
    begin: () => {
      state = 'started'
    },
    state: () => state,
  }
}

function toCalls(step: Step): readonly Call[] {
  return argumentsOf(step).map((args, index) => ({
    args,
    id: `call_${step.name.replace(' ', '_')}_${index}`,
  }))
}

function isNotes({ name }: Tool): boolean {
  return name.endsWith('list_notes')
}
