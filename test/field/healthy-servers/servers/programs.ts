/** Programs that run as processes: kubernetes-mcp-server, which is written in Go, and lark-mcp. */

import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestIssuer } from '../../../../src/testing/index.ts'
import { freePort, listens, type Started } from './start.ts'

/** No such cluster exists: no request of the doctor reaches it. */
const KUBECONFIG = `apiVersion: v1
kind: Config
clusters: [{ name: none, cluster: { server: 'http://127.0.0.1:1' } }]
contexts: [{ name: none, context: { cluster: none, user: none } }]
users: [{ name: none, user: { token: none } }]
current-context: none
`

export async function startKubernetes({ issuer }: TestIssuer): Promise<Started> {
  return run('kubernetes-mcp-server/bin/index.js', async (port, folder) => {
    const [kubeconfig, config] = [join(folder, 'kubeconfig'), join(folder, 'config.toml')]
    await writeFile(kubeconfig, KUBECONFIG)
    await writeFile(
      config,
      `require_oauth = true
authorization_url = "${issuer}"
server_url = "http://127.0.0.1:${port}"
oauth_audience = "http://127.0.0.1:${port}/mcp"
oauth_scopes = ["notes:read"]
`,
    )
    const address = [`--port=${port}`, '--bind-address=127.0.0.1']
    return [...address, '--config', config, '--kubeconfig', kubeconfig]
  })
}

/** With its own authorization server. The app exists nowhere. */
export async function startLark(): Promise<Started> {
  return run('@larksuiteoapi/lark-mcp/dist/cli.js', async (port) => [
    ...['mcp', '--oauth', '--mode', 'streamable'],
    ...['--host', '127.0.0.1', '--port', String(port)],
    ...['--app-id', 'cli_none', '--app-secret', 'none'],
  ])
}

/** Starts a program of node_modules, with a folder of its own as the home directory. */
async function run(
  program: string,
  argumentsFor: (port: number, folder: string) => Promise<readonly string[]>,
): Promise<Started> {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'healthy-server-'))
  const path = fileURLToPath(new URL(`../node_modules/${program}`, import.meta.url))
  const args = await argumentsFor(port, folder)
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder }
  const child = spawn(process.execPath, [path, ...args], { stdio: 'ignore', env })
  const url = `http://127.0.0.1:${port}/mcp`
  await listens(url)
  return {
    url,
    close: async () => {
      child.kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
