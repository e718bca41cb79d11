/**
 * The library with an audit log behind every resource, for conformance tests: exactly one record for each
 * decision. Decisions are counted here, from outside; `count-records.ts` compares after each test.
 */

import * as library from 'mcp-gatehouse'
import { unchecked } from './unchecked.ts'

// biome-ignore lint/performance/noReExportAll: everything that is not replaced below.
export * from 'mcp-gatehouse'

/** Records and decisions so far. */
export interface AuditTally {
  records: number
  decisions: number
  /** Calls that have not settled: the comparison waits for them. */
  inFlight: number
}

export const tally: AuditTally = { records: 0, decisions: 0, inFlight: 0 }

/** Resources of tests with an audit log of their own are not counted. */
const counted = new WeakSet<object>()
const withoutStream = new WeakSet<object>()

export const protectedResource: typeof library.protectedResource = (options) => {
  if (typeof options !== 'object' || options === null || Object.hasOwn(options, 'audit')) {
    return library.protectedResource(options)
  }
  const audit = (): void => {
    tally.records += 1
  }
  const resource = library.protectedResource({ ...options, audit })
  counted.add(resource)
  if (Object.hasOwn(options, 'getStream') && options.getStream === false)
    withoutStream.add(resource)
  return resource
}

export const authenticate = (async (...args: Parameters<typeof library.authenticate>) => {
  const [request, resource] = args
  const auth = await settling(library.authenticate(...args))
  if (counted.has(resource) && !isSilent(request, auth, resource)) tally.decisions += 1
  return auth
}) as typeof library.authenticate

export const verifyAccessToken: typeof library.verifyAccessToken = async (...args) => {
  const call = settling(library.verifyAccessToken(...args))
  const decided = (): void => {
    if (counted.has(args[1])) tally.decisions += 1
  }
  // Any other error is about the arguments, not about the token.
  call.then(decided, (error: unknown) => library.isAuthError(error) && decided())
  return call
}

type Protect = (
  resource: object,
  handler: (...args: unknown[]) => unknown,
  requirements?: unknown,
  host?: (...args: unknown[]) => unknown,
) => (request: Request, ...rest: unknown[]) => Promise<Response>

/** `host` is called once for each request, right before the decision. */
const audited: Protect = (resource, handler, requirements, host) => {
  const single = [resource].flat() as object[]
  if (typeof resource !== 'function' && !single.every((each) => counted.has(each))) {
    return unchecked<Protect>(library.protect)(resource, handler, requirements, host)
  }
  const decided = new WeakSet<object>()
  const ran = new WeakSet<object>()
  const handle = unchecked<Protect>(library.protect)(
    resource,
    (...args) => {
      ran.add(args[0] as object)
      return handler(...args)
    },
    requirements,
    (...args) => {
      decided.add(args[0] as object)
      return host?.(...args)
    },
  )
  return async (request, ...rest) => {
    tally.inFlight += 1
    try {
      const response = await handle(request, ...rest)
      const isCounted = decided.has(request) && !isSilent(request, response, single[0])
      if (isCounted) tally.decisions += 1
      return response
    } catch (error) {
      // The handler threw. Without a run of it, the requirements were not an object.
      if (ran.has(request)) tally.decisions += 1
      throw error
    } finally {
      tally.inFlight -= 1
    }
  }
}

export const protect = unchecked<typeof library.protect>(audited)

async function settling<Value>(call: Promise<Value>): Promise<Value> {
  tally.inFlight += 1
  try {
    return await call
  } finally {
    tally.inFlight -= 1
  }
}

/** The 405 where there is no event stream. */
function isSilent(request: Request, result: unknown, resource: unknown): boolean {
  if (typeof resource !== 'object' || resource === null || !withoutStream.has(resource))
    return false
  return request.method === 'GET' && (result as { status?: number }).status === 405
}
