/** How one vendor's API carries tools, their results and the events of a stream. */

export interface Tool {
  readonly name: string
  /** Where tools are grouped. */
  readonly namespace?: string | undefined
}

export interface Call {
  readonly id: string
  readonly args: object
}

export interface Protocol {
  readonly path: RegExp
  /** What ends a stream. */
  readonly end: string
  isStream(path: string, body: object): boolean
  tools(body: object): readonly Tool[]
  /** The text of the newest result of a tool. */
  lastResult(body: object): string
  /** All of them in one turn. */
  callTool(tool: Tool, calls: readonly Call[]): readonly object[]
  sayText(text: string): readonly object[]
  /** The same as one document. */
  whole(events: readonly object[]): object
}

/** The members of this name, however deep: `name` of tools, for example. */
export function listOf(body: object, member: string): readonly Record<string, unknown>[] {
  const value = (body as Record<string, unknown>)[member]
  return Array.isArray(value) ? value : []
}

/** The text of a result, whatever its shape. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}
