/** Stops work that takes too long, also on engines without `AbortController` (Fastly Compute). */

/** The part of an `AbortSignal` that is needed here. */
interface StopSignal {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
}

export interface Stop {
  readonly signal: StopSignal
  /** For `fetch`; `undefined` on an engine without `AbortController`. */
  readonly abortSignal: AbortSignal | undefined
  readonly stop: () => void
}

/** @param given Another signal that stops the work. */
export function createStop(given: AbortSignal | null | undefined): Stop {
  if (typeof AbortController !== 'function') return createPlainStop()
  const controller = new AbortController()
  const { signal: own } = controller
  const signal = given == null ? own : AbortSignal.any([given, own])
  return { signal, abortSignal: signal, stop: () => controller.abort() }
}

function createPlainStop(): Stop {
  const listeners: (() => void)[] = []
  let aborted = false
  const signal: StopSignal = {
    get aborted() {
      return aborted
    },
    addEventListener: (_type, listener) => void listeners.push(listener),
  }
  const stop = (): void => {
    aborted = true
    for (const listener of listeners.splice(0)) listener()
  }
  return { signal, abortSignal: undefined, stop }
}
