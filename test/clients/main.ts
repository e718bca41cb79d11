/**
 * `npm run clients`: what real MCP clients do at login, at a 403, at an expired token and in an outage, against the demo
 * and against the development issuer. Installs each client from npm into a temporary folder, and runs it in a network
 * namespace with loopback only, with a home of its own. Linux only; not part of CI.
 *
 * It prints what differs from the tables of docs/clients.md, and exits with 1 for a difference. `--page` writes the tables.
 * Names choose clients; `--folder` keeps the installed packages; `--verbose` prints requests and output.
 */

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { CLIENTS, type Client } from './clients.ts'
import { buildRows, changesOf, updatePage } from './clients-page.ts'
import { outcomeOf } from './outcome.ts'
import { type Run, runClient } from './run-client.ts'
import { situationOutcomeOf } from './situation-outcome.ts'
import { LATER, SITUATIONS } from './steps.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    page: { type: 'boolean', default: false },
    folder: { type: 'string' },
    situation: { type: 'string', multiple: true },
    inside: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
})
const PAGE = new URL('../../docs/clients.md', import.meta.url)
const isNamed = ({ name, packages }: Client, word: string): boolean =>
  `${name} ${packages}`.toLowerCase().includes(word.toLowerCase())
const unknown = positionals.filter((word) => !CLIENTS.some((client) => isNamed(client, word)))
if (unknown.length > 0) {
  const names = CLIENTS.map(({ name }) => name)
  console.error(`Unknown: ${unknown.join(', ')}. Choose from ${names.join(', ')}.`)
  process.exit(2)
}
const chosen = CLIENTS.filter(
  (client) => positionals.length === 0 || positionals.some((word) => isNamed(client, word)),
)
const folder = values.folder ?? (await mkdtemp(join(tmpdir(), 'gatehouse-clients-')))
if (values.inside) await runAll()
else await installAll()

async function installAll(): Promise<void> {
  try {
    for (const client of chosen) await install(client)
    const inside = 'ip link set lo up && exec "$0" "$@"'
    const again = [process.execPath, import.meta.filename, ...process.argv.slice(2)]
    const child = spawn(
      'unshare',
      ['-rn', 'sh', '-c', inside, ...again, '--inside', '--folder', folder],
      { stdio: 'inherit' },
    )
    const [code] = await once(child, 'exit')
    process.exitCode = code ?? 1
  } finally {
    if (values.folder === undefined) await rm(folder, { recursive: true, force: true })
  }
}

async function install(client: Client): Promise<void> {
  const cwd = folderOf(client)
  const manifest = join(cwd, 'package.json')
  const content = JSON.stringify({ private: true, packages: client.packages })
  if ((await readFile(manifest, 'utf8').catch(() => '')).includes(content.slice(1, -1))) return
  console.log(`Installing ${client.packages.join(', ')}`)
  await mkdir(cwd, { recursive: true })
  await writeFile(manifest, content)
  if (client.isPython) return installForPython(client, cwd)
  const argv = ['install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts']
  await promisify(execFile)('npm', [...argv, ...client.packages], { cwd })
  for (const below of client.installsBelow ?? []) {
    const own = join(cwd, 'node_modules', below)
    await promisify(execFile)('npm', [...argv, '--omit=dev'], { cwd: own })
  }
}

/** Wheels only, so that no package runs code while it is installed. */
async function installForPython({ packages }: Client, cwd: string): Promise<void> {
  await promisify(execFile)('python3', ['-m', 'venv', join(cwd, 'venv')])
  const argv = ['install', '--quiet', '--only-binary', ':all:', ...packages]
  await promisify(execFile)(join(cwd, 'venv', 'bin', 'pip'), argv)
}

async function runAll(): Promise<void> {
  const runs: Run[] = []
  for (const client of chosen) {
    const own = [LATER, ...SITUATIONS]
      .filter(({ name }) => values.situation?.includes(name) ?? true)
      .flatMap((situation) => situation.issuers.map((issuer) => ({ situation, issuer })))
    for (const { situation, issuer } of own) {
      const run = await runClient(client, folderOf(client), issuer, situation)
      runs.push(run)
      print(run)
    }
  }
  const rows = buildRows(runs, new Date().toISOString().slice(0, 10))
  const page = await readFile(PAGE, 'utf8')
  if (values.page) await writeFile(PAGE, updatePage(page, rows))
  for (const each of changesOf(page, rows)) {
    console.log(`${values.page ? 'Written' : 'Not in docs/clients.md'}: ${each}`)
    if (!values.page) process.exitCode = 1
  }
}

function print({ client, version, issuer, situation, observation, output }: Run): void {
  const later = outcomeOf(observation)
  const special = Object.entries(situationOutcomeOf({ [situation]: observation }))
  const outcome =
    situation === 'later requests'
      ? later
      : Object.fromEntries(special.filter(([, text]) => text !== 'not run'))
  console.log(`${client} ${version}, ${issuer}, ${situation}: ${JSON.stringify(outcome)}`)
  if (!values.verbose && later.logsIn) return
  for (const [step, facts] of Object.entries(observation.steps)) {
    console.log(`  ${step}: ${JSON.stringify(facts)}`)
  }
  console.log(output)
}

function folderOf({ packages }: Client): string {
  return join(folder, (packages[0] ?? '').replace(/[^a-z0-9.-]+/gi, '-').replace(/^-/, ''))
}
