/** The parts of two test runners that the examples use. Both bring their own types when installed. */

declare namespace Deno {
  function test(name: string, run: () => Promise<void>): void
}

declare module 'bun:test' {
  export { beforeEach, expect, test } from 'vitest'
}
