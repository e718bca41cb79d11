import { testConnections } from './connection.ts'
import { start } from './processes.ts'
import { runSuite } from './run.ts'

runSuite(
  {
    name: 'Node',
    binary: 'node',
    start: (_servers, suite) =>
      start('node', ['test/runtimes/serve-node.ts'], { RUNTIME_SUITE: suite }),
  },
  testConnections,
)
