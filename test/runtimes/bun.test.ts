import { start } from './processes.ts'
import { runSuite } from './run.ts'

runSuite({
  name: 'Bun',
  binary: 'bun',
  start: (_servers, suite) =>
    start('bun', ['test/runtimes/serve-bun.ts'], { RUNTIME_SUITE: suite }),
})
