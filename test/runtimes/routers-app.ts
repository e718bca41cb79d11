/**
 * Several resources in front of real routers, for every runtime. Each accepted request is routed by all
 * routers, and the response lists where each would serve it. A token is the path of its resource.
 */

import { type AuthContext, type ProtectedResource, protectedResource } from 'mcp-gatehouse'
import { createRouters, longestOf, type Route, SETS } from './routers.ts'

/** The response to an accepted request. */
export interface Served {
  readonly resource: string
  readonly routes: Readonly<Record<string, string | null>>
}

/** A guard of a set of resources, which are a list or chosen by a function. */
export type Source =
  | readonly ProtectedResource[]
  | ((request: Request) => ProtectedResource | undefined)

const ORIGIN = 'https://rs.example'

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

/** The handler behind a guard. */
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
    // Otherwise a warning about the root is printed, but the first line must be the port.
    onEvent: () => {},
  })
}
