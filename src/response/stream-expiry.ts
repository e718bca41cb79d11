/**
 * Streams that end with their token. A token is checked when the request comes in; without an end, a
 * stream would go on for hours after the access has ended.
 */

import type { AnonymousContext, AuthContext } from '../contract/context.ts'
import { type ResponseHead, withBody } from '../http/response-head.ts'
import { type EndTimer, endsByItself } from '../http/upstream.ts'
import { parseCompactJwt } from '../jwt/compact-jwt.ts'
import { isFiniteNumber } from '../lib/json.ts'
import { ignore } from '../lib/promise.ts'
import { LONGEST_DELAY_MS } from '../lib/within.ts'
import type { ClockState, EndpointState, ResourceState, ServerState } from '../resource/state.ts'

/**
 * The response to send: the handler's own, or one whose body ends when the token does, where
 * `endStreamsAtExpiry` covers this response.
 *
 * The stream closes after a whole chunk, so an MCP client connects again and then receives a 401. A body of a
 * fixed length breaks off, so that the client does not take the next response for its rest. The handler's stream is
 * cancelled.
 */
export function responseUntilExpiry<Head extends ResponseHead>(
  response: Head,
  request: Request,
  auth: AuthContext | AnonymousContext,
  { endpoint, clock, servers }: Pick<ResourceState, 'endpoint' | 'clock' | 'servers'>,
): Head | Response {
  if (auth.anonymous || !endsAtExpiry(request, auth, endpoint)) return response
  const { now } = clock
  // The end is fixed here: a client may begin to read long after the response was made.
  const endsAt = withLeeway(endOf(auth, servers), clock)
  const left = (): number => endsAt - now()
  const timer: EndTimer = (end) => {
    const started = startTimer(left() * 1000, end)
    return () => clearTimeout(started.id)
  }
  if (endsByItself(response, timer)) return response
  const { body, headers } = response
  if (body === null || body.locked) return response
  return withBody(response, endingStream(body, left, headers.has('content-length')))
}

const LISTEN = 'subscriptions/listen'

/** By the method or the header, or by the operations where the body is read. */
function endsAtExpiry(
  request: Request,
  { operations }: AuthContext,
  { endStreamsAtExpiry }: EndpointState,
): boolean {
  if (endStreamsAtExpiry !== 'listening') return endStreamsAtExpiry === 'all'
  if (isGet(request.method) || request.headers.get('mcp-method') === LISTEN) return true
  return operations.some(({ method }) => method === LISTEN)
}

/** In any case: Deno passes on `get`, and applications may treat it as GET. */
function isGet(method: string): boolean {
  return method === 'GET' || (method.length === 3 && method.toUpperCase() === 'GET')
}

/** `exp` or, for a JWT of a server with `maxTokenAgeSeconds`, the end of that age if it comes first. */
function endOf({ token, issuer, expiresAt }: AuthContext, servers: readonly ServerState[]): number {
  const maxAge = servers.find(({ matches }) => matches(issuer))?.jwt?.times.maxAgeSeconds
  // The claims of the context are those of `mapClaims`. A context that the application made may lack the token.
  const iat = maxAge && parseCompactJwt(token ?? '')?.claims['iat']
  return maxAge && isFiniteNumber(iat) ? Math.min(expiresAt, iat + maxAge) : expiresAt
}

/** A token that was accepted within the leeway after its end ends with the leeway. */
function withLeeway(expiresAt: number, { now, toleranceSeconds }: ClockState): number {
  return expiresAt > now() ? expiresAt : expiresAt + toleranceSeconds
}

/** No read and no timer starts before the first pull: most responses are short. */
function endingStream(
  source: ReadableStream<Uint8Array>,
  left: () => number,
  hasLength: boolean,
): ReadableStream<Uint8Array> {
  const reader = source.getReader()
  let timer: Timer | undefined
  let hasExpired = false
  const stop = (): void => clearTimeout(timer?.id)
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        timer ??= startTimer(left() * 1000, () => {
          hasExpired = true
          reader.cancel(EXPIRED).catch(ignore)
        })
        try {
          // Cancelling the reader ends this read, and with it the stream.
          const { done, value } = await reader.read()
          if (!done) return controller.enqueue(value)
        } catch (error) {
          stop()
          throw error
        }
        stop()
        if (hasExpired && hasLength) controller.error(new Error(EXPIRED))
        else controller.close()
      },
      cancel(reason) {
        stop()
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

const EXPIRED = 'The access token has expired.'

interface Timer {
  id: ReturnType<typeof setTimeout> | undefined
}

function startTimer(delayMs: number, end: () => void): Timer {
  const timer: Timer = { id: undefined }
  const wait = (leftMs: number): void => {
    const delay = Math.min(Math.max(leftMs, 0), LONGEST_DELAY_MS)
    timer.id = setTimeout(() => (leftMs > delay ? wait(leftMs - delay) : end()), delay)
    // On Node and Bun a timer keeps the process alive; here only the connection should. Elsewhere it is a number.
    const held = timer.id as { unref?(): void }
    held.unref?.()
  }
  wait(delayMs)
  return timer
}
