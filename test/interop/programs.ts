/** Programs in Python, Go and Java for the tests, where the machine has these languages. */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

export const PYTHON = '/usr/bin/python3'
export const FOLDER = new URL('languages/', import.meta.url).pathname
export const hasPython = spawnSync(PYTHON, ['--version']).status === 0
export const hasPyJwt = spawnSync(PYTHON, ['-c', 'import jwt']).status === 0
export const hasGo = spawnSync('go', ['version']).status === 0
/** The package that the program of the guide uses, from Debian. */
export const GSON = '/usr/share/java/gson.jar'
export const hasJava = existsSync(GSON) && spawnSync('javac', ['--version']).status === 0
if (!hasPython || !hasPyJwt) console.log('Skipped: there is no Python, or no PyJWT.')
if (!hasGo) console.log('Skipped: there is no Go on the PATH.')
if (!hasJava) console.log('Skipped: there is no JDK on the PATH, or no Gson.')

export const work = mkdtempSync(join(tmpdir(), 'gatehouse-languages-'))
afterAll(() => rmSync(work, { recursive: true, force: true }))

/** Compiles a Go program once. */
export function goProgram(name: string, source = join(FOLDER, `${name}.go`)): string {
  const binary = join(work, name)
  const env = { ...process.env, GOFLAGS: '-mod=mod', GOPROXY: 'off', GOTOOLCHAIN: 'local' }
  const { status, stderr } = spawnSync('go', ['build', '-o', binary, source], { env })
  if (status !== 0) throw new Error(String(stderr))
  return binary
}
