/** A time limit for promises of the application, which may never settle. */

/** The result of a race that the time limit won. */
export const EXPIRED = Symbol('expired')

/** One time limit for several promises. Its timer starts with the first of them. */
export class Deadline {
  readonly #timeoutMs: number
  #isExpired = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #expired: Promise<typeof EXPIRED> | undefined

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  /** Whether a promise was not settled in time. */
  get isExpired(): boolean {
    return this.#isExpired
  }

  /** The outcome of the promise, or {@link EXPIRED}. What settles later is ignored. */
  race<Value>(promise: PromiseLike<Value>): Promise<Value | typeof EXPIRED> {
    this.#expired ??= new Promise((resolve) => {
      this.#timer = setTimeout(() => {
        this.#isExpired = true
        resolve(EXPIRED)
      }, this.#timeoutMs)
    })
    return Promise.race([promise, this.#expired])
  }

  /** Clears the timer. A timer that is left running keeps a process alive. */
  end(): void {
    clearTimeout(this.#timer)
  }
}
