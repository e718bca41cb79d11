/** Runs one client through its login and all steps, with a home directory of its own. */

import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Client, type Command, type Place, versionOf } from './clients.ts'
import type { IssuerName } from './issuers.ts'
import { MAX_SESSIONS } from './model/model.ts'
import { type Observation, observe } from './observe.ts'
import { type Scene, startScene } from './scene.ts'
import { BROWSERS, type Running, start } from './start.ts'
import { PAUSE_MS, STEPS } from './steps.ts'

export interface Run {
  readonly client: string
  readonly version: string
  readonly issuer: IssuerName
  readonly observation: Observation
  /** What the programs printed, for a person who looks for the cause of a failure. */
  readonly output: string
}

const PROGRAMS = join(import.meta.dirname, 'programs')

/** @param folder where the client's packages are installed */
export async function runClient(client: Client, issuer: IssuerName, folder: string): Promise<Run> {
  const scene = await startScene(issuer)
  const home = join(folder, `home-${issuer.replace(' ', '-')}`)
  const modules = join(folder, 'node_modules')
  const place: Place = {
    mcpUrl: scene.mcpUrl,
    controlUrl: scene.controlUrl,
    bin: join(modules, '.bin'),
    modules,
    home,
  }
  const env = await furnish(client, place)
  const output: string[] = []
  const run = async (command: Command, isEnough: () => boolean): Promise<string> => {
    const onLoginPage = client.printsUrl ? scene.visit : undefined
    const running: Running = { cwd: home, env, isEnough, onLoginPage }
    const printed = await start(command, running)
    output.push(`$ ${command.argv.join(' ')}\n${printed}`)
    return printed
  }
  try {
    for (const command of client.logIn?.(place) ?? []) await run(command, () => hasToken(scene))
    const { session } = client
    for (let count = 0; session && count < MAX_SESSIONS; count++) {
      scene.model.begin()
      await run(session(place), () => scene.model.state() !== 'started')
      if (scene.model.state() !== 'no tools') break
    }
    if (client.call) {
      for (const { name, tool, args } of STEPS) {
        scene.enter(name)
        scene.hear(await run(client.call(place, tool, args), () => false))
        await setTimeout(PAUSE_MS)
      }
    }
  } finally {
    await scene.close()
  }
  return {
    client: client.name,
    version: versionOf(client),
    issuer,
    observation: observe(scene),
    output: output.join('\n'),
  }
}

/** Ends a login that stays open, as terminals do: the client has its token. */
function hasToken({ exchanges }: Scene): boolean {
  return exchanges.some(({ url, status }) => url.pathname.endsWith('/token') && status() === 200)
}

async function furnish(
  { files, env }: Client,
  place: Place,
): Promise<Readonly<Record<string, string>>> {
  const { home, controlUrl } = place
  await rm(home, { recursive: true, force: true })
  await mkdir(join(home, 'bin'), { recursive: true })
  for (const name of await readdir(PROGRAMS)) await cp(join(PROGRAMS, name), join(home, name))
  const open = `#!/bin/sh\nexec '${process.execPath}' '${join(home, 'open.mjs')}' "$@"\n`
  for (const name of BROWSERS) await writeFile(join(home, 'bin', name), open, { mode: 0o755 })
  for (const [name, content] of Object.entries(files?.(place) ?? {})) {
    await mkdir(dirname(join(home, name)), { recursive: true })
    const text = typeof content === 'string' ? content : JSON.stringify(content)
    await writeFile(join(home, name), text)
  }
  return {
    PATH: `${join(home, 'bin')}:${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: home,
    BROWSER: join(home, 'bin', 'xdg-open'),
    DISPLAY: ':0',
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    CONTROL: controlUrl,
    ...env?.(place),
  }
}
