/** Runs a command to its end, for a minute and a half at most, in a terminal if it wants one. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stripVTControlCharacters } from 'node:util'
import type { Command, Keys } from './clients.ts'

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
/**
 * Processes of its own, which end with the command: clients start helpers that outlive their terminal. A browser that it has
 * opened has a second more.
 */
const PROCESSES = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc']
const AND_ITS_BROWSER = ['sh', '-c', '"$0" "$@"; sleep 1']
const TIME_LIMIT_MS = 90_000
/** For what a client does after its last response: storing a token, for example. */
const GRACE_MS = 3000
/** An input field may be drawn before it reads. */
const BEFORE_TYPING_MS = 500
/** Text and Enter at once look like pasted text. */
const BEFORE_LAST_KEY_MS = 1000

/** @returns What it printed. */
export async function start({ keys, argv }: Command, running: Running): Promise<string> {
  const { cwd, env, isEnough, onLoginPage } = running
  const own = keys === undefined ? argv : inTerminal(argv)
  const [file = '', ...args] = [...PROCESSES, ...AND_ITS_BROWSER, ...own]
  const stdin = keys === undefined ? 'ignore' : 'pipe'
  const child = spawn(file, args, { cwd, env, stdio: [stdin, 'pipe', 'pipe'] })
  child.stdin?.on('error', () => undefined)
  const readers = [
    ...(keys === undefined ? [] : [typist(keys, (text) => child.stdin?.write(text))]),
    ...(onLoginPage === undefined ? [] : [finder(onLoginPage)]),
  ]
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      const text = stripVTControlCharacters(String(chunk))
      output += text
      for (const read of readers) read(text)
    })
  }
  const end = (): boolean => child.kill('SIGKILL')
  const limit = setTimeout(end, TIME_LIMIT_MS)
  const watch = setInterval(() => {
    if (!isEnough()) return
    clearInterval(watch)
    setTimeout(end, GRACE_MS)
  }, 200)
  await once(child, 'close')
  clearTimeout(limit)
  clearInterval(watch)
  return output
}

/** `script` of util-linux makes the terminal. */
function inTerminal(argv: readonly string[]): readonly string[] {
  const quoted = argv.map((each) => `'${each.replaceAll("'", `'\\''`)}'`).join(' ')
  return ['script', '-qefc', `stty rows 50 cols 160; exec ${quoted}`, '/dev/null']
}

type Reader = (text: string) => void

/** Types each entry once the text that it answers to has appeared. */
function typist(keys: readonly Keys[], write: (text: string) => void): Reader {
  const waiting = [...keys]
  let unread = ''
  return (text) => {
    unread += text
    const [next] = waiting
    if (next === undefined || !next.after.test(unread)) return
    waiting.shift()
    unread = ''
    setTimeout(() => {
      write(next.type.slice(0, -1))
      setTimeout(() => write(next.type.slice(-1)), BEFORE_LAST_KEY_MS)
    }, BEFORE_TYPING_MS)
  }
}

/** Finds each login page once. */
function finder(found: (url: string) => void): Reader {
  const known = new Set<string>()
  let read = ''
  return (text) => {
    read += text
    for (const [url] of read.matchAll(LOGIN_PAGE)) {
      if (!known.has(url)) found(url)
      known.add(url)
    }
  }
}
