import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { checkFloors, readTree } from '../scripts/floors.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

describe('checkFloors() accepts', () => {
  test('the tree as it stands', () => {
    expect(checkFloors(readTree(root))).toEqual([])
  })

  test('imports of lower floors, earlier rooms and siblings', () => {
    const files = {
      'src/lib/a.ts': `export {}`,
      'src/errors.ts': `import '../src/lib/a.ts'`,
      'src/events.ts': `import type { AuthErrorCode } from './errors.ts'`,
      'src/http/one.ts': `import {\n  two,\n} from './two.ts'\nimport * as v from 'valibot'`,
      'src/http/two.ts': `export { a } from '../lib/a.ts'`,
      'src/token/jwt.ts': `import { CompactSign } from 'jose/jws/compact/sign'\nimport '../http/one.ts'`,
      'src/index.ts': `export { a } from './token/jwt.ts'`,
      'adapters/hono.ts': `import { createMiddleware } from 'hono/factory'\nimport '../src/index.ts'`,
    }
    expect(checkFloors(files)).toEqual([])
  })

  test('imports and words that stand in comments and strings only', () => {
    const files = {
      'src/http/a.ts': `// import '../token/jwt.ts', Date.now\nconst a = 'https://crypto.test/fetch()' /* fetch( */`,
    }
    expect(checkFloors(files)).toEqual([])
  })
})

describe('checkFloors() refuses', () => {
  const refusals: [what: string, files: Record<string, string>, problems: string[]][] = [
    [
      'an upward import',
      { 'src/http/a.ts': `import '../token/jwt.ts'`, 'src/token/jwt.ts': '' },
      ['src/http/a.ts imports src/token/jwt.ts: upward, from floor 2 to 4'],
    ],
    [
      'an upward import of a type, by export or on demand',
      {
        'src/lib/a.ts': `export type { B } from '../errors.ts'\nawait import('../errors.ts')`,
        'src/errors.ts': '',
      },
      [
        'src/lib/a.ts imports src/errors.ts: upward, from floor 0 to 1',
        'src/lib/a.ts imports src/errors.ts: upward, from floor 0 to 1',
      ],
    ],
    [
      'a later room of the same floor',
      { 'src/scope/a.ts': `import '../mcp/b.ts'`, 'src/mcp/b.ts': '' },
      ['src/scope/a.ts imports src/mcp/b.ts: upward within floor 2'],
    ],
    [
      'a package as a whole where only a part of it is for the floor',
      { 'src/token/jwt.ts': `import { compactVerify } from 'jose'` },
      ['src/token/jwt.ts imports jose: not for verifies'],
    ],
    [
      'a file whose own floor is above its folder',
      { 'src/metadata/a.ts': `import './discovery.ts'`, 'src/metadata/discovery.ts': '' },
      ['src/metadata/a.ts imports src/metadata/discovery.ts: upward, from floor 2 to 3'],
    ],
    [
      'a sideways import',
      { 'src/lib/a.ts': `import './b.ts'`, 'src/lib/b.ts': '' },
      ['src/lib/a.ts imports src/lib/b.ts: sideways within private tools'],
    ],
    [
      'an entry that imports another',
      { 'src/testing/a.ts': `import '../cli/b.ts'`, 'src/cli/b.ts': '' },
      ['src/testing/a.ts imports src/cli/b.ts: sideways, from testing to command line'],
    ],
    [
      'an adapter that reaches past the public surface',
      { 'adapters/redis.ts': `import '../src/errors.ts'`, 'src/errors.ts': '' },
      ['adapters/redis.ts imports src/errors.ts: adapters see only src/index.ts'],
    ],
    [
      'a circle',
      { 'src/http/a.ts': `import './b.ts'`, 'src/http/b.ts': `import './a.ts'` },
      ['in a circle: src/http/a.ts → src/http/b.ts → src/http/a.ts'],
    ],
    [
      'packages a floor has no business with',
      {
        'src/lib/a.ts': `import 'valibot'`,
        'adapters/hono.ts': `import { jwtVerify } from 'jose'`,
      },
      [
        'src/lib/a.ts imports valibot: not for private tools',
        'adapters/hono.ts imports jose: not for adapters',
      ],
    ],
    [
      'network, clock and randomness in a pure rule',
      { 'src/scope/a.ts': `await fetch('x')\nDate.now()\ncrypto.randomUUID()` },
      [
        'src/scope/a.ts says fetch( but floor 2 is pure rules only',
        'src/scope/a.ts says Date.now but floor 2 is pure rules only',
        'src/scope/a.ts says crypto. but floor 2 is pure rules only',
      ],
    ],
    [
      'a file on no floor',
      { 'src/helpers.ts': '' },
      ['src/helpers.ts is on no floor: add it to the table in scripts/floors.mjs'],
    ],
    [
      'an import of nothing',
      { 'src/http/a.ts': `import './b'` },
      ['src/http/a.ts imports ./b: there is no src/http/b'],
    ],
  ]

  test.each(refusals)('%s', (_what, files, problems) => {
    expect(checkFloors(files)).toEqual(problems)
  })
})
