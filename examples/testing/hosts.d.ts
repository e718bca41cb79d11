/** As much of two test runners as the examples use; each brings its own types to those who install them. */

declare namespace Deno {
  function test(name: string, run: () => Promise<void>): void
}

declare module 'bun:test' {
  export { beforeEach, expect, test } from 'vitest'
}
