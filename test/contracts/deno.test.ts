import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { absence, start } from '../runtimes/processes.ts'
import { testEngine } from './cluster.ts'

testEngine({
  name: 'Deno KV',
  missing: absence('deno'),
  // Two processes write to one file in turns. With hundreds of writes on a busy machine, some time out and
  // are rejected. Races between the two processes are tested with fewer writes.
  crowd: 'one',
  async start(servers) {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-kv-'))
    const env = { DATABASE: join(folder, 'kv'), AUTHORIZATION_SERVER: servers.origin }
    const argv = [
      'run',
      '--no-prompt',
      '--unstable-kv',
      `--allow-env=${Object.keys(env)}`,
      `--allow-net=127.0.0.1:0,${new URL(servers.origin).host}`,
      `--allow-read=${folder}`,
      `--allow-write=${folder}`,
      '--no-lock',
      '--no-remote',
      '--node-modules-dir=manual',
      'test/contracts/serve-deno.ts',
    ]
    // One after the other, because both would create the database.
    const one = await start('deno', argv, env)
    const other = await start('deno', argv, env)
    return {
      origins: [one.origin, other.origin],
      async close() {
        await Promise.all([one.close(), other.close()])
        await rm(folder, { recursive: true })
      },
    }
  },
})
