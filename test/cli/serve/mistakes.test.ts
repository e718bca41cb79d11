/** What `mcp-gatehouse serve` says about files that cannot be used. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runServe } from '../../../src/cli/serve/command.ts'
import { createCommandIo } from '../../support/command-io.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-mistakes-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const RESOURCE = {
  resource: 'https://rs.example/mcp',
  authorizationServers: ['https://as.example'],
}
const UPSTREAM = 'http://127.0.0.1:9000/mcp'

/** The exit code of `--check`, and what it says, with FILE for the name. */
async function checkFile(file: string): Promise<{ code: number; said: string }> {
  const { io, said } = createCommandIo()
  const code = await runServe(['--check', file], io)
  return { code, said: said().replaceAll(file, 'FILE') }
}

async function check(config: unknown): Promise<{ code: number; said: string }> {
  const file = join(folder, 'gatehouse.json')
  await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config))
  return checkFile(file)
}

describe('serve --check', () => {
  it.each([
    ['{"a": foo}', 1, 7],
    [`{\n  "upstream": $${'{UPSTREAM}'}\n}`, 2, 15],
    ['// a comment\n{}', 1, 1],
    ['{"a": "x // y", "b": True\n}', 1, 22],
    ['{"a": .5}', 1, 7],
    ['{"a":\n\n}', 3, 1],
    ['{"a": [\n  1,\n]}', 3, 1],
    ['{"a": [{}, , 1]}', 1, 12],
    ['{"a": [] "b": 1}', 1, 10],
    ["{'a': 1}", 1, 2],
    ['{"a": [[], {}, "", null, -1.5e3, truth]}', 1, 34],
    ['{"a": [', 1, 8],
    ['\n', 2, 1],
  ])('says where %j is not JSON', async (text, line, column) => {
    expect(await check(text)).toEqual({
      code: 1,
      said: `FILE has a mistake:\n  the file: is not JSON: line ${line}, column ${column}\n`,
    })
  })

  it('says which object a misplaced option belongs into', async () => {
    expect(await check({ ...RESOURCE, resource: RESOURCE, upstream: UPSTREAM })).toEqual({
      code: 1,
      said: 'FILE has a mistake:\n  authorizationServers: must be inside the object resource\n',
    })
    const resources = [{ resource: RESOURCE, upstream: UPSTREAM, requiredScopes: ['a'] }]
    expect((await check({ resources })).said).toBe(
      'FILE has a mistake:\n  resources[0].requiredScopes: must be inside the object resource\n',
    )
  })

  it('says why a file cannot be read', async () => {
    expect(await checkFile(join(folder, 'none.json'))).toEqual({
      code: 2,
      said: 'FILE cannot be read: there is no such file.\n',
    })
    expect(await checkFile(folder)).toEqual({
      code: 2,
      said: 'FILE cannot be read: it is a folder.\n',
    })
    const identity = { keyFile: 'none.pem' }
    expect(await check({ resource: RESOURCE, upstream: UPSTREAM, identity })).toEqual({
      code: 1,
      said: 'FILE has a mistake:\n  identity.keyFile: names a file that cannot be read: there is no such file\n',
    })
  })
})
