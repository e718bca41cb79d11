/** The alarm of the Durable Objects that hold entries until they expire. */

interface Storage {
  delete(keys: string[]): Promise<number>
  list(options: { limit: number; startAfter?: string }): Promise<Map<string, unknown>>
  setAlarm(time: number): Promise<void>
}

/** The number of keys that one call may delete. */
const PAGE = 128
/** Storage operations are billed, so entries that expire within one minute are deleted together. */
const SWEEP_INTERVAL_MS = 60_000

/** Deletes expired entries, and sets the next alarm for the others. */
export async function deleteExpired(
  storage: Storage,
  expiresAtOf: (entry: unknown) => number,
): Promise<void> {
  const now = Date.now()
  let next = Number.POSITIVE_INFINITY
  let last: string | undefined
  do {
    const page = await storage.list({
      limit: PAGE,
      ...(last === undefined ? {} : { startAfter: last }),
    })
    last = page.size < PAGE ? undefined : [...page.keys()].at(-1)
    const expired: string[] = []
    for (const [key, entry] of page) {
      const expiresAt = expiresAtOf(entry)
      if (expiresAt * 1000 <= now) expired.push(key)
      else next = Math.min(next, alarmTime(expiresAt))
    }
    if (expired.length > 0) await storage.delete(expired)
  } while (last !== undefined)
  if (next < Number.POSITIVE_INFINITY) {
    await storage.setAlarm(Math.max(next, now + SWEEP_INTERVAL_MS))
  }
}

/** Rounded up to a whole second, in milliseconds: an alarm before the expiry would delete nothing. */
export function alarmTime(expiresAt: number): number {
  return Math.ceil(expiresAt) * 1000
}
