/** Examples of resources and requests. `npm run docs` copies each region into the comments of its symbols. */

import {
  type Actor,
  type AnonymousContext,
  type AuthContext,
  authenticate,
  authOf,
  authorizationServerMetadataResponse,
  challengeResponse,
  checkRequirements,
  completeResponse,
  delegation,
  type HostFacts,
  type ItemOf,
  type ListedMethod,
  type McpOperation,
  metadataResponse,
  openSession,
  type Permission,
  type ProtectedResource,
  type ProtectedResourceOptions,
  permits,
  preflightResponse,
  protect,
  protectedResource,
  type Rejection,
  type Requirements,
  type ResourceSource,
  requireScopes,
  verifyAccessToken,
  visible,
} from 'mcp-gatehouse'

// #region protectedResource
export const notes = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: ['https://auth.example.com'],
  scopesSupported: ['notes:read', 'notes:write'],
})
// #endregion

// #region ProtectedResourceOptions
export const options: ProtectedResourceOptions = {
  resource: 'https://api.example.com/notes',
  authorizationServers: ['https://auth.example.com'],
  requiredScopes: ['notes:read'],
  dpop: true,
}
// #endregion

// #region ProtectedResource
export function pointToMetadata(resource: ProtectedResource): Response {
  return Response.redirect(resource.metadataUrl, 307)
}
// #endregion

// #region protect
export const handle = protect(notes, (request, auth) =>
  Response.json({ method: request.method, user: auth.subject }),
)
// #endregion

// #region authenticate
export async function serve(request: Request): Promise<Response> {
  const auth = await authenticate(request, notes, { scopes: ['notes:read'] })
  if (!auth.ok) return auth
  return Response.json({ user: auth.subject })
}
// #endregion

// #region verifyAccessToken
// The first message of a WebSocket holds the token.
export async function open(message: { token: string }): Promise<string | undefined> {
  const auth = await verifyAccessToken(message.token, notes)
  return auth.subject
}
// #endregion

// #region requireScopes
export function deleteNote(auth: AuthContext, id: string): string {
  requireScopes(auth, ['notes:write'])
  return `${id} is deleted`
}
// #endregion

// #region authOf
// A tool of any framework: `extra` of SDK 1.x, `ctx` of SDK 2.x, the context of Mastra or Hono.
export function callerOf(extra: unknown): string {
  const { issuer, subject } = authOf(extra)
  return `${subject} of ${issuer}`
}
// #endregion

// #region openSession
export async function serveSession(request: Request): Promise<Response> {
  const auth = await authenticate(request, notes)
  if (!auth.ok) return auth
  const opened = await openSession(request, auth, notes)
  if (!('method' in opened)) return opened
  const response = new Response(opened.headers.get('Mcp-Session-Id'))
  return completeResponse(response, request, auth, notes)
}
// #endregion

// #region challengeResponse
export async function catchAll(request: Request, run: () => Promise<Response>): Promise<Response> {
  try {
    return await run()
  } catch (error) {
    return challengeResponse(error, notes, request)
  }
}
// #endregion

// #region metadataResponse
export function serveMetadata(request: Request): Response {
  return metadataResponse(request, [notes]) ?? new Response('Not found', { status: 404 })
}
// #endregion

export async function mirror(request: Request): Promise<Response> {
  // #region authorizationServerMetadataResponse
  const files = protectedResource({
    resource: 'https://api.example.com/files',
    authorizationServers: ['https://auth.example.com'],
    serveAuthorizationServerMetadata: true,
  })
  const response = await authorizationServerMetadataResponse(request, files)
  // #endregion
  return response ?? new Response('Not found', { status: 404 })
}

// #region preflightResponse
export async function answerBrowsers(request: Request): Promise<Response> {
  const preflight = preflightResponse(request, notes)
  if (preflight !== undefined) return preflight
  return handle(request)
}
// #endregion

// #region completeResponse
export async function complete(request: Request): Promise<Response> {
  const auth = await authenticate(request, notes)
  if (!auth.ok) return auth
  return completeResponse(new Response('done'), request, auth, notes)
}
// #endregion

// #region ResourceSource
const tenants = new Map([['acme', notes]])

export const byTenant: ResourceSource<[]> = (request) =>
  tenants.get(new URL(request.url).searchParams.get('tenant') ?? '')
// #endregion

export const handleTenant = protect(byTenant, () => new Response('done'))

// #region AuthContext
export function describeCaller({ issuer, subject, clientId, scopes }: AuthContext): string {
  return `${issuer} ${subject} through ${clientId}, with ${scopes.join(' ')}`
}
// #endregion

// #region Actor
export function nameOf({ subject, clientId }: Actor): string {
  return subject ?? clientId ?? 'unknown'
}
// #endregion

// #region delegation
export function describeDelegation(auth: AuthContext): string {
  const actors = delegation(auth).map(({ subject, clientId }) => subject ?? clientId)
  return [auth.subject, ...actors].join(' through ')
}
// #endregion

// #region permits
export async function canDelete(auth: AuthContext): Promise<boolean> {
  const permission = await permits(notes, auth, { method: 'tools/call', name: 'delete_note' })
  return permission.ok
}
// #endregion

// #region visible
export async function listTools(auth: AuthContext): Promise<{ name: string }[]> {
  const tools = [{ name: 'list_notes' }, { name: 'delete_note' }]
  return visible(notes, auth, 'tools/call', tools)
}
// #endregion

// #region Permission
export function describePermission(permission: Permission): string {
  if (permission.ok) return 'allowed'
  return permission.denied ? 'not available' : `needs ${permission.scopes.join(' ')}`
}
// #endregion

// #region ListedMethod
export const listed: ListedMethod = 'tools/call'
// #endregion

// #region ItemOf
export const tool: ItemOf<'tools/call'> = { name: 'delete_note' }
export const diary: ItemOf<'resources/read'> = { uri: 'note://private/diary' }
// #endregion

// #region AnonymousContext
export function greet(auth: AuthContext | AnonymousContext): string {
  return auth.anonymous ? 'Hello' : `Hello ${auth.subject}`
}
// #endregion

export const greetAll = protect(notes, (_, auth) => new Response(greet(auth)), { optional: true })

// #region McpOperation
export function label({ method, name }: McpOperation): string {
  return name === undefined ? method : `${method} ${name}`
}
// #endregion

// #region Rejection
export function withoutBody(rejection: Rejection): Response {
  return new Response(null, { status: rejection.status, headers: rejection.headers })
}
// #endregion

// #region Requirements
export const recentLogin = {
  scopes: ['notes:write'],
  maxAgeSeconds: 300,
} satisfies Requirements
export const handleDelete = protect(notes, () => new Response('deleted'), recentLogin)
// #endregion

// #region HostFacts
export async function serveParsed(request: Request, body: unknown): Promise<Response> {
  const host: HostFacts = { body }
  const auth = await authenticate(request, notes, {}, host)
  return auth.ok ? Response.json(body) : auth
}
// #endregion

// #region checkRequirements
// An adapter reports mistakes when a route is made, not with its first request.
export function route(requirements: Requirements) {
  checkRequirements(requirements)
  return (request: Request) => authenticate(request, notes, { ...requirements, optional: false })
}
// #endregion
