/**
 * Several resources in front of real routers, for every runtime: whatever passes is routed by all of
 * them, and the answer says where each would have served it. A token is the path of its resource.
 */

import { H3 } from 'h3'
import { Hono } from 'hono'
import { IttyRouter } from 'itty-router'
import { type AuthContext, type ProtectedResource, protectedResource } from 'mcp-gatehouse'

/** Where a router serves a request: the path of a resource, or nowhere. */
export type Route = (request: Request) => Promise<string | undefined>

/** What the answer to a request that passed says. */
export interface Served {
  readonly resource: string
  readonly routes: Readonly<Record<string, string | null>>
}

/** A guard of one set of resources, given as a list or as a function. */
export type Source =
  | readonly ProtectedResource[]
  | ((request: Request) => ProtectedResource | undefined)

const ORIGIN = 'https://rs.example'

export const SETS: Readonly<Record<string, readonly string[]>> = {
  nested: ['/notes', '/notes/admin', '/payroll'],
  root: ['/', '/notes', '/notes/admin', '/payroll'],
  deep: ['/api/notes', '/api/notes/admin', '/api/payroll', '/notes'],
}

/** One guard for each set and form, by name. */
export function createGuards<Guard>(make: (source: Source, set: string) => Guard) {
  return Object.fromEntries(
    Object.entries(SETS).flatMap(([set, paths]) => {
      const resources = paths.map(createResource)
      return [
        [`${set} list`, make(resources, set)],
        [`${set} function`, make((request) => byPrefix(request, resources), set)],
      ]
    }),
  ) as Record<string, Guard>
}

/** What stands behind a guard. */
export function createHandler(set: string, further: Readonly<Record<string, Route>> = {}) {
  const routers = { ...createRouters(SETS[set] ?? []), ...further }
  return async (request: Request, auth: AuthContext): Promise<Response> => {
    const routes: Record<string, string | null> = {}
    for (const [name, route] of Object.entries(routers)) {
      routes[name] = (await route(request)) ?? null
    }
    const served: Served = { resource: new URL(auth.identifier).pathname, routes }
    return Response.json(served)
  }
}

/** The longest path that a text lies under, on segment boundaries. */
export function longestOf(text: string, paths: readonly string[]): string | undefined {
  const found = paths.filter((path) => path === '/' || `${text}/`.startsWith(`${path}/`))
  return found.sort((one, other) => other.length - one.length)[0]
}

export function createRouters(paths: readonly string[]): Record<string, Route> {
  const longestFirst = [...paths].sort((one, other) => other.length - one.length)
  const below = (path: string, rest: string) => (path === '/' ? rest : path + rest)
  const asked = (fetch: (request: Request) => Response | Promise<Response>): Route => {
    return async (request) => {
      const response = await fetch(request)
      return response?.ok ? await response.text() : undefined
    }
  }
  const [all, loose, mounting, nesting] = [
    new Hono(),
    new Hono({ strict: false }),
    new Hono(),
    new Hono(),
  ]
  const [h3, mountingH3] = [new H3(), new H3()]
  const itty = IttyRouter()
  for (const path of longestFirst) {
    const answer = () => new Response(path)
    for (const app of [all, loose]) app.all(path, answer).all(below(path, '/*'), answer)
    mounting.mount(path, answer)
    nesting.route(path, new Hono().all('*', answer))
    h3.all(path, () => path).all(below(path, '/**'), () => path)
    mountingH3.mount(
      path === '/' ? '' : path,
      new H3().all('/**', () => path),
    )
    itty.all(below(path, '/*'), answer)
  }
  return {
    Hono: asked((request) => all.fetch(request)),
    'Hono, not strict': asked((request) => loose.fetch(request)),
    'Hono, mount': asked((request) => mounting.fetch(request)),
    'Hono, route': asked((request) => nesting.fetch(request)),
    h3: asked((request) => h3.fetch(request)),
    'h3, mount': asked((request) => mountingH3.fetch(request)),
    itty: asked((request) => itty.fetch(request) as Promise<Response>),
    ...modelsOf(paths),
  }
}

/** What routers do with a path before they look it up. */
const MODELS: Readonly<Record<string, (request: Request) => string>> = {
  text: ({ url }) => textOf(url),
  normalised: ({ url }) => new URL(url).pathname,
  decoded: ({ url }) => decoded(textOf(url)),
  'decoded by decodeURI': ({ url }) => decoded(new URL(url).pathname, decodeURI),
  'decoded and resolved': ({ url }) => resolved(decoded(new URL(url).pathname)),
  'decoded by decodeURI and resolved': ({ url }) =>
    resolved(decoded(new URL(url).pathname, decodeURI)),
  'decoded twice': ({ url }) => decoded(decoded(new URL(url).pathname)),
  'decoded twice and resolved': ({ url }) => resolved(decoded(decoded(new URL(url).pathname))),
  'without doubled slashes': ({ url }) => decoded(new URL(url).pathname).replace(/[\\/]+/g, '/'),
  'whatever the case': ({ url }) => decoded(new URL(url).pathname).toLowerCase(),
}

function modelsOf(paths: readonly string[]): Record<string, Route> {
  return Object.fromEntries(
    Object.entries(MODELS).map(([name, read]) => [
      `model: ${name}`,
      async (request: Request) => longestOf(read(request), paths),
    ]),
  )
}

/** As routers cut it out that do not parse. */
function textOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  return (url.slice(start).split(/[?#]/)[0] as string) || '/'
}

function decoded(path: string, decode = decodeURIComponent): string {
  try {
    return decode(path)
  } catch {
    return path
  }
}

function resolved(path: string): string {
  return new URL(`http://path.invalid${path}`).pathname
}

function byPrefix(
  request: Request,
  resources: readonly ProtectedResource[],
): ProtectedResource | undefined {
  const { pathname } = new URL(request.url)
  const path = longestOf(
    pathname,
    resources.map(({ identifier }) => new URL(identifier).pathname),
  )
  return resources.find(({ identifier }) => new URL(identifier).pathname === path)
}

function createResource(path: string): ProtectedResource {
  return protectedResource({
    resource: ORIGIN + path,
    authorizationServers: [
      {
        issuer: 'https://as.example',
        accessToken: {
          kind: 'custom',
          verify: async (token, { issuer }) => ({
            iss: issuer,
            aud: ORIGIN + token,
            sub: 'user-1',
            client_id: 'client-1',
            exp: 1_800_003_600,
          }),
        },
      },
    ],
    now: () => 1_800_000_000,
    // Otherwise what is said about the root is printed, and the first line is to be the port.
    onEvent: () => {},
  })
}
