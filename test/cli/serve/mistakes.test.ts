/** What `mcp-gatehouse serve` says about files that cannot be used. */

import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { check, checkFile } from '../../support/serve-check.ts'
import { folder } from '../../support/serve-config.ts'

const RESOURCE = {
  resource: 'https://rs.example/mcp',
  authorizationServers: ['https://as.example'],
}
const UPSTREAM = 'http://127.0.0.1:9000/mcp'

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
