/**
 * Ending streams with their token. A token is checked when a request comes in; an answer that goes
 * on for hours would otherwise go on telling news to whose access ended long ago.
 */

import type { AnonymousContext, AuthContext } from '../contract/context.ts'
import type { ResourceState } from '../resource/state.ts'

/** What `setTimeout` can wait for; more would fire at once. */
const MAX_DELAY_MS = 2_147_483_647

/**
 * The response to send: the handler's own, or one whose body ends when the token does, where the
 * resource wants that for this answer (`endStreamsAtExpiry`).
 *
 * The end is an orderly one, after a whole chunk, so an MCP client connects again and then learns
 * that it needs a new token. The handler's stream is cancelled.
 */
export function responseUntilExpiry(
  response: Response,
  request: Request,
  auth: AuthContext | AnonymousContext,
  state: ResourceState,
): Response {
  if (auth.anonymous || !isToEnd(request, auth, state)) return response
  const { body } = response
  if (body === null || body.locked) return response
  const left = (): number => secondsLeft(auth.expiresAt, state)
  return new Response(endingStream(body, left), response)
}

const LISTEN = 'subscriptions/listen'

/** A client that leaves out the header still says in the body what it wants, where that is read. */
function isToEnd(
  request: Request,
  { operations }: AuthContext,
  { endStreamsAtExpiry }: ResourceState,
): boolean {
  if (endStreamsAtExpiry !== 'listening') return endStreamsAtExpiry === 'all'
  if (isGet(request.method) || request.headers.get('Mcp-Method') === LISTEN) return true
  return operations.some(({ method }) => method === LISTEN)
}

/** In any spelling: Deno hands on `get`, and applications may read it as GET. */
function isGet(method: string): boolean {
  return method === 'GET' || (method.length === 3 && method.toUpperCase() === 'GET')
}

/** A token that was accepted in the leeway after its end lives until the leeway ends. */
function secondsLeft(expiresAt: number, state: ResourceState): number {
  const left = expiresAt - state.now()
  return left > 0 ? left : left + state.clockToleranceSeconds
}

/** Nothing is read, and no timer runs, before somebody reads: most answers are over at once. */
function endingStream(
  source: ReadableStream<Uint8Array>,
  left: () => number,
): ReadableStream<Uint8Array> {
  const reader = source.getReader()
  let timer: Timer | undefined
  const stop = (): void => clearTimeout(timer?.id)
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        timer ??= startTimer(left() * 1000, () => {
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
        controller.close()
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
    const delay = Math.min(Math.max(leftMs, 0), MAX_DELAY_MS)
    timer.id = setTimeout(() => (leftMs > delay ? wait(leftMs - delay) : end()), delay)
    release(timer.id)
  }
  wait(delayMs)
  return timer
}

/** On Node and Bun a timer keeps the process alive; the connection does that where it should. */
function release(id: unknown): void {
  if (typeof id === 'object' && id !== null && 'unref' in id && typeof id.unref === 'function') {
    id.unref()
  }
}

function ignore(): void {}
