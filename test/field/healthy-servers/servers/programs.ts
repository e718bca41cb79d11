/**
 * Programs that run as processes: kubernetes-mcp-server and Google's MCP Toolbox, which are written in Go, lark-mcp
 * and Forest Admin.
 */

import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
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

/** `@toolbox-sdk/server` only starts this binary, and does not pass signals on to it. */
export async function startToolbox({ issuer }: TestIssuer): Promise<Started> {
  return run('@toolbox-sdk/server-linux-x64/bin/toolbox', async (port, folder) => {
    const config = join(folder, 'tools.yaml')
    await writeFile(
      config,
      `kind: authService
name: notes
type: generic
mcpEnabled: true
authorizationServer: ${issuer}
audience: http://127.0.0.1:${port}
scopesRequired: ["notes:read"]
`,
    )
    const address = ['--address', '127.0.0.1', '--port', String(port)]
    return [...address, '--config', config, '--toolbox-url', `http://127.0.0.1:${port}`]
  })
}

/** With its own authorization server, which sends registrations to Forest Admin's. */
export async function startForestAdmin(): Promise<Started> {
  const api = await startForestApi()
  const program = '@forestadmin/mcp-server/dist/cli.js'
  const server = await run(program, async () => [], {
    env: (port) => ({
      MCP_SERVER_PORT: String(port),
      FOREST_SERVER_URL: api.url,
      FOREST_APP_URL: api.url,
      FOREST_ENV_SECRET: 'a'.repeat(64),
      FOREST_AUTH_SECRET: 'a secret of the tests',
    }),
    // The host that its documents name.
    host: 'localhost',
  })
  return {
    url: server.url,
    close: async () => {
      await server.close()
      api.close()
    },
  }
}

/** What the program requests from api.forestadmin.com: its environment, and registrations of clients. */
async function startForestApi(): Promise<Started> {
  const environment = { data: { id: '1', attributes: { api_endpoint: null } } }
  const api = createServer((request, response) => {
    const path = `${request.method} ${request.url}`
    const [status, body] =
      path === 'GET /liana/environment'
        ? [200, environment]
        : path === 'POST /oauth/register'
          ? [400, { error: 'invalid_redirect_uri' }]
          : [404, {}]
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(api.address() as AddressInfo).port}`
  return { url, close: () => api.close() }
}

interface Program {
  /** Variables of its environment. */
  readonly env?: (port: number) => Record<string, string>
  readonly host?: string
}

/** Starts a program of node_modules, with a folder of its own as the home directory. */
async function run(
  program: string,
  argumentsFor: (port: number, folder: string) => Promise<readonly string[]>,
  { env, host = '127.0.0.1' }: Program = {},
): Promise<Started> {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'healthy-server-'))
  const path = fileURLToPath(new URL(`../node_modules/${program}`, import.meta.url))
  const args = await argumentsFor(port, folder)
  const [file, ...first] = path.endsWith('.js') ? [process.execPath, path] : [path]
  const child = spawn(file, [...first, ...args], {
    stdio: 'ignore',
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...env?.(port) },
  })
  const url = `http://${host}:${port}/mcp`
  await listens(url)
  return {
    url,
    close: async () => {
      child.kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
