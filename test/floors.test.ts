import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { checkFloors, readTree } from '../scripts/floors.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

describe('checkFloors() accepts', () => {
  test('the tree as it stands', () => {
    expect(checkFloors(readTree(root))).toEqual([])
  })

  test('imports of earlier folders, of siblings, and of the packages of a floor', () => {
    const files = {
      'src/lib/a.ts': `export {}`,
      'src/contract/errors.ts': `import '../lib/a.ts'`,
      'src/contract/events.ts': `import type { AuthErrorCode } from './errors.ts'`,
      'src/schema/one.ts': `import {\n  two,\n} from './two.ts'\nimport * as v from 'valibot'`,
      'src/schema/two.ts': `export { a } from '../lib/a.ts'`,
      'src/testing/sign.ts': `import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'`,
      'src/index.ts': `export { a } from './schema/two.ts'`,
      'adapters/hono.ts': `import { createMiddleware } from 'hono/factory'\nimport '../src/index.ts'`,
      'adapters/node/http.ts': `import { createHash } from 'node:crypto'`,
      'adapters/node/index.ts': `import './http.ts'\nimport '../shared/host.ts'\nimport '../../src/index.ts'`,
      'adapters/shared/host.ts': `import '../../src/index.ts'`,
    }
    expect(checkFloors(files)).toEqual([])
  })

  test('imports and words in comments and strings', () => {
    const files = {
      'src/http/a.ts': `// import '../request/pipeline.ts', Date.now\nconst a = 'https://crypto.test/fetch()' /* fetch( */`,
    }
    expect(checkFloors(files)).toEqual([])
  })
})

describe('checkFloors() rejects', () => {
  const rejections: [what: string, files: Record<string, string>, problems: string[]][] = [
    [
      'an import of a later folder',
      { 'src/http/a.ts': `import '../jwt/b.ts'`, 'src/jwt/b.ts': '' },
      ['src/http/a.ts imports src/jwt/b.ts: up, from src/http to src/jwt'],
    ],
    [
      'an import of a type, by export or on demand',
      {
        'src/lib/a.ts': `export type { B } from '../contract/errors.ts'\nawait import('../contract/errors.ts')`,
        'src/contract/errors.ts': '',
      },
      Array.from(
        { length: 2 },
        () => 'src/lib/a.ts imports src/contract/errors.ts: up, from src/lib to src/contract',
      ),
    ],
    [
      'an import of the public surface by what it is made of',
      { 'src/request/a.ts': `import '../protect.ts'`, 'src/protect.ts': '' },
      ['src/request/a.ts imports src/protect.ts: up, from src/request to src'],
    ],
    [
      'a package as a whole where only a part of it is for the floor',
      { 'src/crypto/a.ts': `import { compactVerify } from 'jose'` },
      ['src/crypto/a.ts imports jose: not a package for src/crypto'],
    ],
    [
      'an adapter that reaches past the public surface',
      { 'adapters/redis.ts': `import '../src/contract/errors.ts'`, 'src/contract/errors.ts': '' },
      ['adapters/redis.ts imports src/contract/errors.ts: adapters see src/index.ts only'],
    ],
    [
      'an adapter that imports another',
      { 'adapters/redis.ts': `import './node/http.ts'`, 'adapters/node/http.ts': '' },
      ['adapters/redis.ts imports adapters/node/http.ts: adapters see src/index.ts only'],
    ],
    [
      'a circle',
      { 'src/http/a.ts': `import './b.ts'`, 'src/http/b.ts': `import './a.ts'` },
      ['in a circle: src/http/a.ts → src/http/b.ts → src/http/a.ts'],
    ],
    [
      'packages that are not for a floor',
      {
        'src/lib/a.ts': `import 'valibot'`,
        'adapters/hono.ts': `import { jwtVerify } from 'jose'`,
      },
      [
        'src/lib/a.ts imports valibot: not a package for src/lib',
        'adapters/hono.ts imports jose: not a package for adapters/hono.ts',
      ],
    ],
    [
      'network, clock and randomness in a pure folder',
      { 'src/scope/a.ts': `await fetch('x')\nDate.now()\ncrypto.randomUUID()` },
      [
        'src/scope/a.ts contains fetch(: src/scope is pure',
        'src/scope/a.ts contains Date.now: src/scope is pure',
        'src/scope/a.ts contains crypto.: src/scope is pure',
      ],
    ],
    [
      'a file on no floor',
      { 'src/helpers/a.ts': '' },
      ['src/helpers/a.ts is on no floor: see the list in scripts/floors.mjs'],
    ],
    [
      'an import of nothing',
      { 'src/http/a.ts': `import './b.ts'` },
      ['src/http/a.ts imports src/http/b.ts: there is no such file'],
    ],
  ]

  test.each(rejections)('%s', (_what, files, problems) => {
    expect(checkFloors(files)).toEqual(problems)
  })
})
