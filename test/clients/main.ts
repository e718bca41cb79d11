/**
 * `npm run clients`: what real MCP clients do at login, at a 403 and afterwards, against the demo. Installs the clients from
 * npm into a temporary folder and runs them in a network namespace with loopback only, each with a home of its own.
 * Linux only; not part of CI. It logs in at each login page that a client prints, and prints the table. More clients are in
 * docs/clients.md, from runs by hand.
 */

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { AuthEvent } from 'mcp-gatehouse'
import { startServers } from '../../examples/demo/servers.ts'
import { logIn } from './programs/browse.mjs'

const PACKAGES = [
  '@ai-sdk/mcp@2.0.99',
  '@modelcontextprotocol/client@2.4.0',
  '@modelcontextprotocol/sdk@1.32.2',
  'mcp-remote@0.15.1',
  'mcporter@0.12.3',
]

/** The clients, and the command that logs in, lists notes and deletes one, for which its token has no scope. */
const CLIENTS: Readonly<Record<string, (url: string, bin: string) => string[][]>> = {
  '@modelcontextprotocol/sdk 1.32.2': (url) => [['node', 'sdk1.mjs', url]],
  '@modelcontextprotocol/client 2.4.0': (url) => [['node', 'sdk2.mjs', url]],
  '@ai-sdk/mcp 2.0.99': (url) => [['node', 'ai-sdk.mjs', url]],
  'mcp-remote 0.15.1': (url, bin) => [
    ['node', 'stdio.mjs', join(bin, 'mcp-remote'), url, '--allow-http'],
  ],
  'mcporter 0.12.3': (_, bin) => [
    [join(bin, 'mcporter'), '--config', 'mcporter.json', 'auth', 'notes'],
    [join(bin, 'mcporter'), '--config', 'mcporter.json', 'call', 'notes.list_notes'],
    [join(bin, 'mcporter'), '--config', 'mcporter.json', 'call', 'notes.delete_note', 'id=1'],
  ],
}

const PROGRAMS = join(import.meta.dirname, 'programs')
const TIME_LIMIT_MS = 30_000
const run = promisify(execFile)

const [folder] = process.argv.slice(2)
if (folder === undefined) await install()
else await runAll(folder)

async function install(): Promise<void> {
  const created = await mkdtemp(join(tmpdir(), 'gatehouse-clients-'))
  try {
    await cp(PROGRAMS, created, { recursive: true })
    await writeFile(join(created, 'package.json'), '{ "private": true }')
    console.log(`Installing ${PACKAGES.join(', ')}`)
    const argv = ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...PACKAGES]
    await run('npm', argv, { cwd: created })
    const inside = `ip link set lo up && exec "$0" "$@"`
    const again = [process.execPath, import.meta.filename, created]
    const child = spawn('unshare', ['-rn', 'sh', '-c', inside, ...again], { stdio: 'inherit' })
    process.exitCode = await new Promise<number>((resolve) => {
      child.on('exit', (code) => resolve(code ?? 1))
    })
  } finally {
    await rm(created, { recursive: true, force: true })
  }
}

async function runAll(place: string): Promise<void> {
  const rows: string[][] = []
  for (const [name, commandsOf] of Object.entries(CLIENTS)) {
    const events: AuthEvent[] = []
    const servers = await startServers({ onEvent: (event) => events.push(event) })
    const home = join(place, `home-${rows.length}`)
    await mkdir(home)
    const config = { mcpServers: { notes: { baseUrl: servers.mcpUrl, auth: 'oauth' } } }
    await writeFile(join(place, 'mcporter.json'), JSON.stringify(config))
    const said: string[] = []
    for (const command of commandsOf(servers.mcpUrl, join(place, 'node_modules/.bin'))) {
      said.push(await start(command, place, home))
    }
    const output = said.join('\n')
    const passed = events.filter(({ type }) => type === 'accepted').length
    rows.push([
      name,
      output.includes('Buy milk') ? 'yes' : 'no',
      outcomeOf(output),
      String(passed),
      String(events.filter(({ type }) => type === 'refused').length),
    ])
    if (!output.includes('Buy milk')) console.log(`${name}:\n${output}\n`)
    await servers.close()
  }
  const head = ['Client', 'Logs in and lists notes', 'After a 403', 'Accepted', 'Rejected']
  for (const row of [head, head.map(() => '---'), ...rows]) console.log(`| ${row.join(' | ')} |`)
  if (rows.some(([, logsIn]) => logsIn === 'no')) process.exitCode = 1
}

function outcomeOf(output: string): string {
  if (output.includes('Deleted note 1')) return 'completes a step-up'
  if (/step-up: redirected/.test(output)) return 'asks for a login'
  return 'gives up'
}

/** Runs a command to its end, or for half a minute. Visits the login page that it prints. */
async function start([file = '', ...argv]: string[], cwd: string, home: string): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: home, NO_COLOR: '1' }
  const child = spawn(file, argv, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const timer = setTimeout(() => child.kill('SIGKILL'), TIME_LIMIT_MS)
  const visited = new Set<string>()
  let output = ''
  const read = (chunk: Buffer): void => {
    output += chunk
    for (const [url] of output.matchAll(/http:\/\/127\.0\.0\.1:\d+\/auth\?\S+(?=\s)/g)) {
      if (visited.has(url)) continue
      visited.add(url)
      // A client may not wait for its redirect any more.
      visit(url).catch((error: unknown) => {
        output += `\n${error}\n`
      })
    }
  }
  child.stdout.on('data', read)
  child.stderr.on('data', read)
  await once(child, 'close')
  clearTimeout(timer)
  return output
}

/** Logs in, and visits the client's redirect. A client may print the URL before it listens there. */
async function visit(url: string): Promise<void> {
  const redirect = await logIn(url)
  for (let attempts = 0; attempts < 20; attempts++) {
    const response = await fetch(redirect).catch(() => undefined)
    if (response !== undefined) return
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}
