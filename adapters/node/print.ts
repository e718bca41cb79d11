/** Reports errors that cannot be passed to a framework. */
export function print(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: without a framework this is the only place to report it.
  console.error(error)
}
