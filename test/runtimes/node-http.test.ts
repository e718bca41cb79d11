/** The adapter for Node on runtimes that have `node:http`, too, as Express has there. */

import { start } from './processes.ts'
import { runSuite } from './run.ts'

const FIXTURE = 'test/runtimes/serve-node.ts'

const ARGUMENTS = {
  Deno: [
    'run',
    '--no-prompt',
    '--allow-all',
    '--no-lock',
    '--no-remote',
    '--node-modules-dir=manual',
  ],
  Bun: [],
}

for (const [name, argv] of Object.entries(ARGUMENTS)) {
  const binary = name.toLowerCase()
  runSuite({
    name: `node:http of ${name}`,
    binary,
    start: (_servers, suite) => start(binary, [...argv, FIXTURE], { RUNTIME_SUITE: suite }),
  })
}
