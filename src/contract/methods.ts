/** The methods of MCP 2025-03-26 to 2026-07-28: which side sends them, and where their calls hold a name. */

/** The member of `params` that holds the name of the call's target. */
export type NameSource = 'name' | 'uri' | 'taskId' | 'ref'

/** Methods whose calls have a name, and the member that holds it. */
export const NAME_SOURCES = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'completion/complete': 'ref',
  'resources/read': 'uri',
  'resources/subscribe': 'uri',
  'resources/unsubscribe': 'uri',
  'tasks/get': 'taskId',
  'tasks/result': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
} as const satisfies Readonly<Record<string, NameSource>>

/** Methods of clients whose calls have no name: requests, then notifications. */
const UNNAMED_METHODS = [
  'initialize',
  'ping',
  'server/discover',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'tasks/list',
  'subscriptions/listen',
  'logging/setLevel',
  'notifications/initialized',
  'notifications/cancelled',
  'notifications/progress',
  'notifications/roots/list_changed',
  'notifications/tasks/status',
] as const

/**
 * A method whose calls name a tool, a prompt, a resource or a task.
 *
 * @example
 * ```ts
 * const named: NamedMethod = 'tools/call'
 * const methods: McpMethod[] = [named, 'tools/list', 'initialize']
 * ```
 */
export type NamedMethod = keyof typeof NAME_SOURCES

/**
 * A request or notification that a client may send in one of the supported revisions of MCP.
 *
 * @example
 * ```ts
 * const named: NamedMethod = 'tools/call'
 * const methods: McpMethod[] = [named, 'tools/list', 'initialize']
 * ```
 */
export type McpMethod = NamedMethod | (typeof UNNAMED_METHODS)[number]

/** Methods that only servers send, each with the related method that clients send. */
export const SERVER_METHODS: Readonly<Record<string, McpMethod>> = {
  'sampling/createMessage': 'tools/call',
  'elicitation/create': 'tools/call',
  'roots/list': 'notifications/roots/list_changed',
  'notifications/message': 'logging/setLevel',
  'notifications/prompts/list_changed': 'prompts/list',
  'notifications/resources/list_changed': 'resources/list',
  'notifications/resources/updated': 'resources/subscribe',
  'notifications/tools/list_changed': 'tools/list',
  'notifications/elicitation/complete': 'tools/call',
  'notifications/subscriptions/acknowledged': 'subscriptions/listen',
  'notifications/tasks': 'tasks/get',
}

/** All methods that clients send, those with a name first. */
export function clientMethods(): readonly McpMethod[] {
  return [...(Object.keys(NAME_SOURCES) as NamedMethod[]), ...UNNAMED_METHODS]
}

/** Whether a client may send this method in one of the supported revisions. */
export function isMcpMethod(method: string): method is McpMethod {
  return Object.hasOwn(NAME_SOURCES, method) || isUnnamed(method)
}

/**
 * The member that holds the name of a method's calls; `undefined` if they have none. For a method that
 * MCP does not define, the prefix `resources/` or `tasks/` decides.
 */
export function nameSourceOf(method: string): NameSource | undefined {
  if (Object.hasOwn(NAME_SOURCES, method)) return NAME_SOURCES[method as NamedMethod]
  if (isUnnamed(method)) return undefined
  if (method.startsWith('resources/')) return 'uri'
  return method.startsWith('tasks/') ? 'taskId' : undefined
}

function isUnnamed(method: string): boolean {
  return (UNNAMED_METHODS as readonly string[]).includes(method)
}
