/**
 * The steps of `Containerfile`, without an image: base images need a registry. COPY and RUN happen in a folder instead
 * of a root, with the packed tarball; the program runs as a user without rights in a network of its own, where the port
 * of the file is free. Takes 5 s. Skipped where the system allows no network namespace.
 */

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const NOBODY = '65534'
/** What the base image has besides Node. */
const PROGRAMS = '/usr/bin:/bin:/usr/sbin'
const IN_OWN_NETWORK = ['-n', 'sh', '-c', 'ip link set lo up && exec setpriv "$@"', 'sh']
const AS_NOBODY = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']

const hasNamespaces = spawnSync('unshare', ['-n', 'ip', 'link', 'set', 'lo', 'up']).status === 0
if (!hasNamespaces) console.warn('Skipped: no network namespace can be made here.')
const it = test.skipIf(!hasNamespaces)

const CONFIG = {
  listen: '0.0.0.0:8080',
  resource: {
    resource: 'https://api.example.com/mcp',
    authorizationServers: ['https://auth.example.com'],
  },
  upstream: 'http://127.0.0.1:9000/mcp',
}

/** The instructions in order, comments left out. */
const instructions = readFileSync(join(ROOT, 'Containerfile'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, name, text] = /^([A-Z]+) (.+)$/.exec(line) ?? []
    return name === undefined || text === undefined ? [] : [{ name, text }]
  })

let image: string
const children: ChildProcess[] = []

beforeAll(() => {
  if (!hasNamespaces) return
  image = mkdtempSync(join(tmpdir(), 'gatehouse-image-'))
  chmodSync(image, 0o755)
  // The user without rights may not read the folder of the repository.
  mkdirSync(join(image, 'usr/local/bin'), { recursive: true })
  copyFileSync(process.execPath, join(image, 'usr/local/bin/node'))
  const packed = execFileSync(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', image],
    {
      cwd: ROOT,
      encoding: 'utf8',
    },
  )
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }]
  for (const { name, text } of instructions) {
    if (name === 'COPY') copy(text.replace(/\$\{PACKAGE\}/, filename))
    if (name === 'RUN') run(text)
    if (name === 'WORKDIR') mkdirSync(join(image, text), { recursive: true })
  }
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(() => rmSync(image ?? '', { recursive: true, force: true }))

function copy(text: string): void {
  const [from = '', to = ''] = text.split(' ')
  mkdirSync(dirname(join(image, to)), { recursive: true })
  cpSync(join(image, from), join(image, to))
}

function run(command: string): void {
  const env = { ...process.env, npm_config_prefix: join(image, 'usr/local'), HOME: image }
  execFileSync('sh', ['-ec', command.replaceAll(' /', ` ${image}/`)], { env })
}

function textOf(name: string): string {
  return instructions.find((each) => each.name === name)?.text ?? ''
}

/** Starts what the image starts, with this file in its place. */
function startImage(config: object) {
  writeFileSync(join(image, 'etc/gatehouse/gatehouse.json'), JSON.stringify(config))
  const command = ['ENTRYPOINT', 'CMD'].flatMap((each) => JSON.parse(textOf(each)) as string[])
  const argv = command.map((each) => (each.startsWith('/') ? join(image, each) : each))
  const child = spawn('unshare', [...IN_OWN_NETWORK, ...AS_NOBODY, ...argv], {
    cwd: join(image, textOf('WORKDIR')),
    env: { PATH: `${join(image, 'usr/local/bin')}:${PROGRAMS}` },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  children.push(child)
  let printed = ''
  child.stderr.on('data', (text) => {
    printed += text
  })
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  return { child, ended, printed: () => printed }
}

it('names the Node that the tests run on, and a user without rights', () => {
  const [major] = process.versions.node.split('.')
  expect(textOf('FROM')).toBe(`docker.io/library/node:${major}-alpine`)
  expect(textOf('USER')).toBe('node')
})

it('installs the tarball with the dependencies of production only', () => {
  const folder = join(image, 'usr/local/lib/node_modules/mcp-gatehouse')
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const installed = readdirSync(join(folder, 'node_modules')).filter(
    (each) => !each.startsWith('.'),
  )
  expect(installed.sort()).toEqual(Object.keys(dependencies).sort())
  expect(readdirSync(join(image, 'tmp'))).toEqual([])
})

it('serves, is healthy by its own check, and ends with 0 at its stop signal', async () => {
  const { child, ended, printed } = startImage(CONFIG)
  while (!printed().includes('Listening on')) {
    if (child.exitCode !== null) throw new Error(printed())
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const check = textOf('HEALTHCHECK').replace(/^CMD /, '')
  const within = ['-t', `${child.pid}`, '-n', 'sh', '-c']
  expect(spawnSync('nsenter', [...within, check]).status).toBe(0)
  expect(spawnSync('nsenter', [...within, check.replace('healthz', 'mcp')]).status).toBe(1)
  child.kill(textOf('STOPSIGNAL') as NodeJS.Signals)
  expect(await ended).toBe(0)
})

it('ends with 1 for a file with mistakes', async () => {
  const { ended, printed } = startImage({ ...CONFIG, upstreem: 'x' })
  expect(await ended).toBe(1)
  expect(printed()).toContain('upstreem')
})
