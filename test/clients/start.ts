/** Runs a command to its end, for a minute and a half at most, in a terminal if it wants one. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stripVTControlCharacters } from 'node:util'
import type { Command } from './clients.ts'

export interface Running {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Whether a command that would go on has done its part. */
  readonly isEnough: () => boolean
  /** Receives each login page that the command prints. */
  readonly onLoginPage?: ((url: string) => void) | undefined
}

/** The names under which programs look for a browser. */
export const BROWSERS = ['xdg-open', 'www-browser', 'x-www-browser', 'sensible-browser', 'wslview']

const LOGIN_PAGE = /http:\/\/127\.0\.0\.1:\d+\/auth\S*[?&]client_id=\S+(?=\s)/g
const TIME_LIMIT_MS = 90_000
/** For what a client does after its last response: storing a token, for example. */
const GRACE_MS = 3000

/** @returns What it printed. */
export async function start(command: Command, running: Running): Promise<string> {
  const { cwd, env, isEnough, onLoginPage } = running
  const { keys, argv } = command
  const [file = '', ...args] = keys === undefined ? argv : inTerminal(argv)
  // A process group of its own: clients start helpers.
  const child = spawn(file, args, {
    cwd,
    env,
    detached: true,
    stdio: [keys === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  let output = ''
  let unread = ''
  const opened = new Set<string>()
  const waiting = [...(keys ?? [])]
  const read = (chunk: Buffer): void => {
    const text = stripVTControlCharacters(String(chunk))
    output += text
    unread += text
    for (const [url] of output.matchAll(LOGIN_PAGE)) {
      if (!opened.has(url)) onLoginPage?.(url)
      opened.add(url)
    }
    const [next] = waiting
    if (next === undefined || !next.after.test(unread)) return
    waiting.shift()
    unread = ''
    // An input field may be drawn before it reads.
    setTimeout(() => type(next.type), 500)
  }
  const type = (text: string): void => {
    // The last key apart: text and Enter at once look like pasted text.
    child.stdin?.write(text.slice(0, -1))
    setTimeout(() => child.stdin?.write(text.slice(-1)), 1000)
  }
  child.stdout?.on('data', read)
  child.stderr?.on('data', read)
  child.stdin?.on('error', () => undefined)

  const end = (): void => {
    if (child.pid === undefined) return
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has ended.
    }
  }
  const limit = setTimeout(end, TIME_LIMIT_MS)
  const watch = setInterval(() => {
    if (!isEnough()) return
    clearInterval(watch)
    setTimeout(end, GRACE_MS)
  }, 200)
  await once(child, 'close')
  clearTimeout(limit)
  clearInterval(watch)
  end()
  return output
}

/** `script` of util-linux makes the terminal. */
function inTerminal(argv: readonly string[]): readonly string[] {
  const quoted = argv.map((each) => `'${each.replaceAll("'", `'\\''`)}'`).join(' ')
  return ['script', '-qefc', `stty rows 50 cols 160; exec ${quoted}`, '/dev/null']
}
