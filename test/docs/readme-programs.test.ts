/** Both programs of the README run as pasted: in a new directory, with the tarball. */

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { freePort } from '../support/ports.ts'
import { bearerChallenge } from '../support/rejection.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const run = promisify(execFile)
let project: string
let readme: string

// Unpacked and linked by hand: an install would ask a registry.
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'gatehouse-readme-'))
  const argv = ['pack', '--json', '--ignore-scripts', '--pack-destination', project]
  const { stdout } = await run('npm', argv, { cwd: ROOT })
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }]
  await run('npm', ['init', '-y'], { cwd: project })
  const home = join(project, 'node_modules', manifest.name)
  await mkdir(home, { recursive: true })
  await run('tar', ['-xzf', join(project, filename), '-C', home, '--strip-components=1'])
  readme = await readFile(join(home, 'README.md'), 'utf8')
  const installs = [...readme.matchAll(/^npm install (.*)$/gm)].flatMap(([, it = '']) =>
    it.split(' '),
  )
  expect(installs).toEqual([
    'mcp-gatehouse',
    '@modelcontextprotocol/server',
    'mcp-gatehouse',
    '@modelcontextprotocol/sdk',
    'express',
  ])
  const wanted = [...installs.slice(1), ...Object.keys(manifest.dependencies)]
  for (const name of new Set(wanted.filter((each) => each !== manifest.name))) {
    const link = join(project, 'node_modules', name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(join(ROOT, 'node_modules', name), link)
  }
})

afterAll(() => rm(project, { recursive: true }))

describe('the README', () => {
  it.each([
    ['js', 'server.mjs', 'node', ['server.mjs'], '/mcp', 'http://localhost:3000', '/mcp'],
    ['ts', 'worker.ts', 'bun', ['worker.ts'], '/notes', 'https://api.example.com', '/notes'],
  ])('has a program in %s that runs as %s with %s', async (language, file, binary, argv, ...of) => {
    const [path, origin, place] = of
    const [, program = ''] = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(readme) ?? []
    expect(readme).toContain(`\`${file}\``)
    await writeFile(join(project, file), program)
    const port = await freePort()
    const child = spawn(join(ROOT, 'node_modules/.bin', binary), argv, {
      cwd: project,
      env: { PATH: process.env['PATH'], HOME: project, PORT: String(port) },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const exited = once(child, 'exit')
    let said = ''
    child.stderr.on('data', (chunk) => {
      said += chunk
    })
    const ask = async (): Promise<Response> => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined)
      if (response !== undefined) return response
      if (child.exitCode !== null) throw new Error(`${file} ended: ${said}`)
      await setTimeout(100)
      return ask()
    }
    try {
      const response = await ask()
      const metadata = `${origin}/.well-known/oauth-protected-resource${place}`
      expect([response.status, response.headers.get('WWW-Authenticate')]).toEqual([
        401,
        bearerChallenge(undefined, 'notes:read', metadata),
      ])
      const document = await fetch(`http://127.0.0.1:${port}${new URL(metadata).pathname}`)
      expect(await document.json()).toMatchObject({ resource: origin + place })
    } finally {
      child.kill('SIGKILL')
      await exited
    }
  })
})
