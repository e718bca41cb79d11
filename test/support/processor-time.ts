/** The time that a computation takes on the processor: other programs on a busy machine do not add to it. */

/** In milliseconds, of this thread alone. */
export function processorTime(compute: () => unknown): number {
  const before = process.threadCpuUsage()
  compute()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}
