/** Runs one client through its login and all steps, with a home directory of its own. */

import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Client, type Command, type Place, versionOf } from './clients.ts'
import { DOCUMENT_URL } from './documents.ts'
import type { IssuerName } from './issuers.ts'
import { MAX_SESSIONS } from './model/model.ts'
import { type Observation, observe } from './observe.ts'
import { type Scene, startScene } from './scene.ts'
import { BROWSERS, type Running, start } from './start.ts'
import {
  argumentsOf,
  LATER,
  LOGIN,
  PAUSE_MS,
  SECOND_LOGIN,
  type Situation,
  type SituationName,
  type Step,
} from './steps.ts'

export interface Run {
  readonly client: string
  readonly version: string
  readonly issuer: IssuerName
  readonly situation: SituationName
  readonly observation: Observation
  /** What the programs printed, for a person who looks for the cause of a failure. */
  readonly output: string
}

const PROGRAMS = join(import.meta.dirname, 'programs')

/** @param folder where the client's packages are installed */
export async function runClient(
  client: Client,
  folder: string,
  issuer: IssuerName,
  situation: Situation = LATER,
): Promise<Run> {
  const scene = await startScene(issuer, situation)
  const steps = [...situation.steps, ...(situation.again ?? [])]
  const home = join(folder, `home-${issuer.replaceAll(' ', '-')}`)
  const modules = join(folder, 'node_modules')
  const place: Place = {
    mcpUrl: scene.mcpUrl,
    controlUrl: scene.controlUrl,
    bin: join(modules, '.bin'),
    modules,
    python: join(folder, 'venv', 'bin', 'python'),
    home,
    documentUrl: issuer === 'with documents' ? DOCUMENT_URL : undefined,
  }
  const env = await furnish(client, place, issuer)
  const output: string[] = []
  const run = async (command: Command, isEnough: () => boolean): Promise<string> => {
    const onLoginPage = client.printsUrl ? scene.visit : undefined
    const running: Running = { cwd: home, env, isEnough, onLoginPage }
    const printed = await start(command, running)
    output.push(`$ ${command.argv.join(' ')}\n${printed}`)
    return printed
  }
  const logInAndCall = async (login: string, steps: readonly Step[]): Promise<void> => {
    scene.plan(steps)
    scene.enter(login)
    const before = tokensOf(scene)
    for (const command of client.logIn?.(place) ?? []) {
      await run(command, () => tokensOf(scene) > before)
    }
    const { session } = client
    for (let count = 0; session && count < MAX_SESSIONS; count++) {
      scene.model.begin()
      await run(session(place), () => scene.model.state() !== 'started')
      if (scene.model.state() !== 'no tools') break
    }
    if (client.call) await callInEachStep(client.call, steps)
  }
  const callInEachStep = async (
    call: NonNullable<Client['call']>,
    steps: readonly Step[],
  ): Promise<void> => {
    for (const step of steps) {
      scene.enter(step.name)
      const calls = argumentsOf(step).map((args) => run(call(place, step.tool, args), () => false))
      scene.hear((await Promise.all(calls)).join('\n'))
      await setTimeout(PAUSE_MS)
    }
  }
  try {
    await logInAndCall(LOGIN, situation.steps)
    if (situation.again && !client.isLibrary) await logInAndCall(SECOND_LOGIN, situation.again)
  } finally {
    await scene.close()
  }
  return {
    client: client.name,
    version: versionOf(client),
    issuer,
    situation: situation.name,
    observation: observe(scene, [LOGIN, SECOND_LOGIN, ...steps.map(({ name }) => name)]),
    output: output.join('\n'),
  }
}

/** With a new one, the client has its token: a login that stays open is ended then, as terminals do. */
function tokensOf({ exchanges }: Scene): number {
  return exchanges.filter(({ url, status }) => url.pathname.endsWith('/token') && status() === 200)
    .length
}

async function furnish(
  { files, env }: Client,
  place: Place,
  issuer: IssuerName,
): Promise<Readonly<Record<string, string>>> {
  const { home, controlUrl, documentUrl } = place
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
    ...(documentUrl === undefined ? {} : { CLIENT_METADATA_URL: documentUrl }),
    ...(issuer === 'with DPoP' ? { DPOP: '1' } : {}),
    ...env?.(place),
  }
}
