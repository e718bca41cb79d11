import { start } from '../runtimes/processes.ts'
import { ORIGIN, testExample } from './example.ts'
import type { LoopbackIssuer } from './issuer.ts'

const environment = (resource: string, { issuer }: LoopbackIssuer) => ({
  RESOURCE: resource,
  ORIGIN,
  ISSUER: issuer.issuer,
  PORT: '0',
})

const program = (binary: string, name: string) => ({
  name,
  binary,
  start: (resource: string, server: LoopbackIssuer) =>
    start(binary, [`examples/${name}/server.ts`], environment(resource, server)),
})

testExample(program('node', 'hono'))
testExample(program('node', 'node-express'))
testExample(program('bun', 'bun'))

for (const part of ['notes', 'files']) {
  testExample({
    ...program('node', 'multi-resource'),
    path: `/${part}`,
    scope: `${part}:read`,
    tool: `list_${part}`,
  })
}

testExample({
  name: 'deno',
  binary: 'deno',
  start: (resource, server) => {
    const where = ['--host', '127.0.0.1', '--port', '0', '--no-prompt', '--allow-env']
    const net = `--allow-net=127.0.0.1:0,${new URL(server.issuer.issuer).host}`
    const here = ['--no-lock', '--no-remote', '--node-modules-dir=manual']
    const argv = ['serve', ...where, net, ...here, 'examples/deno/server.ts']
    return start('deno', argv, environment(resource, server))
  },
})
