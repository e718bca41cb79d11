import { start } from './processes.ts'
import { runSuite } from './run.ts'

runSuite({
  name: 'Deno',
  binary: 'deno',
  start: (servers, suite) => {
    const { host } = new URL(servers.origin)
    const permissions = [
      '--no-prompt',
      '--allow-env=RUNTIME_SUITE',
      // To listen, and to reach the authorization servers; nothing else.
      `--allow-net=127.0.0.1:0,${host}`,
    ]
    const modules = ['--no-lock', '--no-remote', '--node-modules-dir=manual']
    const argv = ['run', ...permissions, ...modules, 'test/runtimes/serve-deno.ts']
    return start('deno', argv, { RUNTIME_SUITE: suite })
  },
})
