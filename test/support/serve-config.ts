/** Files for `mcp-gatehouse serve`, in a folder that is removed after the tests. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { createIssuer, RESOURCE } from './issuer.ts'

export const issuer = await createIssuer()

/** A resource whose keys are in the file: no network is needed. */
export const RESOURCE_OPTIONS = {
  resource: RESOURCE,
  authorizationServers: [{ issuer: issuer.issuer, jwks: issuer.jwks }],
}

export const folder = await mkdtemp(join(tmpdir(), 'gatehouse-serve-'))

afterAll(() => rm(folder, { recursive: true, force: true }))

/** Writes a configuration, or a text in its place. @returns The path of the file. */
export async function writeConfig(config: unknown): Promise<string> {
  const file = join(folder, 'gatehouse.json')
  await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config))
  return file
}
