/** Keys of policies that the compiler rejects, each for one mistake. Never run: `tsc` is the test. */

import {
  type Actor,
  type AnonymousContext,
  type AuthContext,
  type Denial,
  type delegation,
  deny,
  type ItemOf,
  type ListedMethod,
  type OperationKey,
  type OperationPolicy,
  type Permission,
  type ProtectedResource,
  type ProtectedResourceOptions,
  permits,
  protectedResource,
  type ScopeRule,
  visible,
} from 'mcp-gatehouse'
import { type Same, yes } from './yardsticks.ts'

const server = {
  resource: 'https://api.example.com/notes',
  authorizationServers: ['https://as.example'],
}
const write = ['notes:write'] as const

// Keys as in the guides, and computed keys.
protectedResource({
  ...server,
  operations: {
    initialize: 'public',
    'notifications/initialized': 'public',
    'server/discover': 'public',
    'tools/list': 'public',
    'tools/call': write,
    'tools/call delete_note': ['notes:write'],
    'tools/call search': { anyOf: ['notes:search', 'notes:admin'] },
    'tools/call help': undefined,
    'prompts/get greet': write,
    'completion/complete note://{shelf}': write,
    'resources/read note://private/diary': write,
    'resources/subscribe note://private/diary': write,
    'resources/unsubscribe note://private/diary': write,
    'subscriptions/listen': write,
    'tasks/result 1': write,
    'tasks/update 1': write,
    '*': [],
  },
})
protectedResource({ ...server, operations: undefined, customMethods: undefined })
protectedResource({ ...server, operations: () => undefined })
protectedResource({ ...server, operations: ({ name }, auth) => (auth && name ? write : 'public') })
protectedResource({
  ...server,
  operations: (operation, auth?) => (auth ? undefined : [operation.method]),
})

// --- Keys that can never match ----------------------------------------------------------------------

// @ts-expect-error a tool without its method
protectedResource({ ...server, operations: { delete_note: write } })
// @ts-expect-error another separator
protectedResource({ ...server, operations: { 'tools/call:delete_note': write } })
// @ts-expect-error another separator
protectedResource({ ...server, operations: { 'tools/call/delete_note': write } })
// @ts-expect-error another separator
protectedResource({ ...server, operations: { 'tools/call.delete_note': write } })
// @ts-expect-error a tab
protectedResource({ ...server, operations: { 'tools/call\tdelete_note': write } })
// @ts-expect-error the method with another separator
protectedResource({ ...server, operations: { 'tools.call delete_note': write } })
// @ts-expect-error another case
protectedResource({ ...server, operations: { 'Tools/Call delete_note': write } })
// @ts-expect-error a missing letter
protectedResource({ ...server, operations: { 'tool/call': write } })
// @ts-expect-error an extra letter
protectedResource({ ...server, operations: { 'tools/calls': write } })
// @ts-expect-error a leading space
protectedResource({ ...server, operations: { ' tools/call delete_note': write } })
// @ts-expect-error a method whose calls have no name
protectedResource({ ...server, operations: { 'tools/list delete_note': write } })
// @ts-expect-error a method whose calls have no name
protectedResource({ ...server, operations: { 'ping x': write } })
// @ts-expect-error `*` has no names
protectedResource({ ...server, operations: { '* delete_note': write } })
// @ts-expect-error a pattern of methods
protectedResource({ ...server, operations: { 'tools/*': write } })
// @ts-expect-error only servers send this request
protectedResource({ ...server, operations: { 'sampling/createMessage': write } })
// @ts-expect-error only servers send this notification
protectedResource({ ...server, operations: { 'notifications/message': write } })
// @ts-expect-error a custom method that is not in customMethods
protectedResource({ ...server, operations: { 'vendor/export': write } })
// @ts-expect-error a rule is an array
protectedResource({ ...server, operations: { 'tools/call': 'notes:write' } })
// @ts-expect-error a function returns a rule
protectedResource({ ...server, operations: () => 'notes:write' })

// --- Custom methods -------------------------------------------------------------------------------------

protectedResource({
  ...server,
  customMethods: ['vendor/export', 'vendor/import'],
  operations: { 'vendor/export': write, 'tools/call x': write },
})
protectedResource({
  ...server,
  // The order does not matter.
  operations: { 'vendor/export': write },
  customMethods: ['vendor/export'],
})
protectedResource({
  ...server,
  customMethods: ['vendor/export'],
  // @ts-expect-error a rule does not declare its method
  operations: { 'vendor/import': write },
})
protectedResource({
  ...server,
  customMethods: ['vendor/export'],
  // @ts-expect-error custom methods have no names
  operations: { 'vendor/export x': write },
})

// --- Tables in variables -------------------------------------------------------------------------------

export const table = { 'tools/call delete_note': write } satisfies OperationPolicy
// @ts-expect-error the compiler checks the keys of a table with `satisfies`
export const wrong = { 'tools/call:delete_note': write } satisfies OperationPolicy
export const own = { 'vendor/export': write } satisfies OperationPolicy<'vendor/export'>
protectedResource({ ...server, operations: table })
protectedResource({ ...server, operations: own, customMethods: ['vendor/export'] })

// Keys built at run time are checked when the resource is created.
declare const computed: Record<string, ScopeRule>
declare const keyed: Partial<Record<OperationKey, ScopeRule>>
declare const methods: string[]
protectedResource({ ...server, operations: computed })
protectedResource({ ...server, operations: keyed })
protectedResource({ ...server, operations: computed, customMethods: methods })
declare const tools: readonly string[]
protectedResource({
  ...server,
  operations: Object.fromEntries(tools.map((tool) => [`tools/call ${tool}`, write])),
})

// Options in a variable.
const options: ProtectedResourceOptions = { ...server, operations: { 'tools/call x': write } }
protectedResource(options)
const withCustom: ProtectedResourceOptions<'vendor/export'> = {
  ...server,
  customMethods: ['vendor/export'],
  operations: { 'vendor/export': write },
}
protectedResource(withCustom)
declare function tenant(options: Partial<ProtectedResourceOptions>): ProtectedResourceOptions
protectedResource(tenant({ operations: { 'tools/call x': write } }))

// --- Decisions, permissions and lists ----------------------------------------------------------------

yes<Same<ReturnType<typeof deny>, Denial>>()
yes<Same<typeof delegation, (auth: AuthContext | AnonymousContext) => readonly Actor[]>>()
yes<
  Same<
    Permission,
    | { readonly ok: true }
    | { readonly ok: false; readonly scopes: readonly string[]; readonly denied: boolean }
  >
>()
yes<Same<ListedMethod, 'tools/call' | 'prompts/get' | 'resources/read' | 'resources/subscribe'>>()
yes<Same<ItemOf<'tools/call'>, { readonly name: string }>>()
yes<Same<ItemOf<'resources/subscribe'>, { readonly uri: string }>>()

protectedResource({ ...server, operations: { 'tools/call': deny('frozen') } })
protectedResource({ ...server, operations: { 'tools/call': { denied: 'frozen' } } })
protectedResource({
  ...server,
  operations: async (_, auth, call) => (auth ? [`${call.arguments()}`] : undefined),
})
protectedResource({ ...server, decisionTimeoutMs: 100, decisionMode: 'report' })
protectedResource({
  ...server,
  decisionTimeoutMs: undefined,
  decisionMode: undefined,
  acceptActors: undefined,
})
protectedResource({ ...server, acceptActors: ({ subject }, auth) => subject === auth.clientId })
// @ts-expect-error a synchronous function
protectedResource({ ...server, acceptActors: async () => true })
// @ts-expect-error another mode
protectedResource({ ...server, decisionMode: 'log' })

export async function lists(
  resource: ProtectedResource,
  auth: AuthContext | AnonymousContext,
): Promise<void> {
  const tools = [{ name: 'a', title: 'A' }]
  yes<
    Same<typeof tools, Awaited<ReturnType<typeof visible<'tools/call', (typeof tools)[number]>>>>
  >()
  const shown = await visible(resource, auth, 'tools/call', tools, { scopes: ['a'] })
  yes<Same<typeof shown, typeof tools>>()
  await visible(resource, auth, 'resources/read', [{ uri: 'a:b' }] as const)
  // @ts-expect-error resources have a URI
  await visible(resource, auth, 'resources/read', tools)
  // @ts-expect-error the method of the list
  await visible(resource, auth, 'tools/list', tools)
  const permission = await permits(resource, auth, { method: 'x', name: 'y', arguments: {} })
  yes<Same<typeof permission, Permission>>()
  // @ts-expect-error an operation has a method
  await permits(resource, auth, { name: 'y' })
}
