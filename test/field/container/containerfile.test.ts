/**
 * The steps of `Containerfile`, without an image: base images need a registry. COPY and RUN happen in a folder instead
 * of a root, with the packed tarball; the program runs as a user without rights in a network of its own, where the port
 * of the file is free. Takes 5 s. Skipped where the system does not allow that.
 */

import { type ChildProcess, execFile, execFileSync, spawn, spawnSync } from 'node:child_process'
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
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const NOBODY = '65534'
/** What the base image has besides Node. */
const PROGRAMS = '/usr/bin:/bin:/usr/sbin'
const IN_OWN_NETWORK = ['-n', 'sh', '-c', 'ip link set lo up && exec setpriv "$@"', 'sh']
const AS_NOBODY = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']

const canIsolate = spawnSync('unshare', [...IN_OWN_NETWORK, ...AS_NOBODY, 'true']).status === 0
if (!canIsolate) console.warn('Skipped: only root can make networks and change its user.')
const it = test.skipIf(!canIsolate)

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
let registry: Server
const children: ChildProcess[] = []

beforeAll(async () => {
  if (!canIsolate) return
  image = mkdtempSync(join(tmpdir(), 'gatehouse-image-'))
  chmodSync(image, 0o755)
  // The user without rights may not read the folder of the repository.
  mkdirSync(join(image, 'usr/local/bin'), { recursive: true })
  copyFileSync(process.execPath, join(image, 'usr/local/bin/node'))
  registry = await startRegistry()
  const filename = pack(ROOT)
  for (const { name, text } of instructions) {
    if (name === 'COPY') copy(text.replace(/\$\{PACKAGE\}/, filename))
    if (name === 'RUN') await run(text)
    if (name === 'WORKDIR') mkdirSync(join(image, text), { recursive: true })
  }
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(() => {
  registry?.close()
  rmSync(image ?? '', { recursive: true, force: true })
})

/** Packs a folder into the image. @returns The name of the file. */
function pack(folder: string): string {
  const argv = ['pack', folder, '--json', '--ignore-scripts', '--pack-destination', image]
  const packed = execFileSync('npm', argv, { cwd: ROOT, encoding: 'utf8' })
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }]
  return filename
}

/** A package registry with the one dependency, because these tests reach no other machine. */
async function startRegistry(): Promise<Server> {
  const folder = join(ROOT, 'node_modules/jose')
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = pack(folder)
  const server = createServer((req, res) => {
    const tarball = `http://127.0.0.1:${portOf(server)}/${file}`
    const { name, version } = manifest
    const versions = { [version]: { ...manifest, dist: { tarball } } }
    if (req.url === `/${file}`) res.end(readFileSync(join(image, file)))
    else if (req.url === `/${name}`) {
      res.end(JSON.stringify({ name, 'dist-tags': { latest: version }, versions }))
    } else res.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

function copy(text: string): void {
  const [from = '', to = ''] = text.split(' ')
  mkdirSync(dirname(join(image, to)), { recursive: true })
  cpSync(join(image, from), join(image, to))
}

async function run(command: string): Promise<void> {
  const env = {
    ...process.env,
    npm_config_prefix: join(image, 'usr/local'),
    npm_config_registry: `http://127.0.0.1:${portOf(registry)}`,
    npm_config_cache: join(image, 'cache'),
    HOME: image,
  }
  await promisify(execFile)('sh', ['-ec', command.replaceAll(' /', ` ${image}/`)], { env })
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
