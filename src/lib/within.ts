/** Waiting for work for a limited time. */

import { ignore } from './promise.ts'

/** The longest delay of `setTimeout`, which counts in 32 bits: a longer one fires at once. */
export const LONGEST_DELAY_MS = 2_147_483_647

/** Awaits work for so many milliseconds, then returns `otherwise()`. A later outcome of the work is ignored. */
export async function within<Value>(
  work: Promise<Value>,
  milliseconds: number,
  otherwise: () => Value,
): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<Value>((resolve) => {
    const delay = Math.min(Math.max(0, milliseconds), LONGEST_DELAY_MS)
    timer = setTimeout(() => resolve(otherwise()), delay)
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
    work.catch(ignore)
  }
}
