/** The guards of crossed resources that every runtime with `Request` has. */

import { Hono } from 'hono'
import type { ProtectedResource } from 'mcp-gatehouse'
import { bearerAuth, metadata } from 'mcp-gatehouse/hono'
import { type Crossing, createResources, handle, needsIn, needsOf, seen } from './crossed-app.ts'

type Fetch<Host extends unknown[]> = (
  request: Request,
  ...host: Host
) => Response | Promise<Response>

/** Creates the guard of a runtime. */
type Protect<Host extends unknown[]> = (
  resource: ProtectedResource | ProtectedResource[],
  handler: typeof handle,
  requirements: { optional?: false } | typeof needsIn,
) => Fetch<Host>

/**
 * Serves by the fields of the request: `X-Guard` ends in `single`, `list` or `hono`, `X-Resource` is a number. A request for
 * `/seen` gets what the handler saw.
 */
export function serveCrossed<Host extends unknown[]>(
  crossing: Crossing,
  protect: Protect<Host>,
): Fetch<Host> {
  // Each guard has resources of its own: a proof that one has accepted is new for the others.
  const list = protect(createResources(crossing), handle, needsIn)
  const guards: Record<string, Fetch<Host>[]> = {
    single: createResources(crossing).map((each, index) => protect(each, handle, needsOf(index))),
    hono: createResources(crossing).map((each, index): Fetch<Host> => {
      const serve = inHono(each, index)
      return (request, ..._host) => serve(request)
    }),
  }
  return (request, ...host) => {
    if (new URL(request.url).pathname === '/seen') return Response.json(seen)
    const index = Number(request.headers.get('x-resource'))
    const name = request.headers.get('x-guard')?.split(' ').at(-1) ?? ''
    const guard = guards[name]?.[index] ?? list
    return guard(request, ...host)
  }
}

function inHono(
  resource: ProtectedResource,
  index: number,
): (request: Request) => Promise<Response> {
  const app = new Hono()
  app.route('/', metadata(resource))
  app.all('*', bearerAuth(resource, needsOf(index)), (c) => handle(c.req.raw, c.var.auth))
  return async (request) => app.fetch(request)
}
