/** Recipes with the types of the packages that they import, which the main install does not have. */

import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const TSC = 'node_modules/@typescript/native/bin/tsc'

/** @param name a folder of examples/frameworks/, whose packages are those of the same folder in test/field/. */
export function testRecipeTypes(name: string): void {
  it(`the recipes of ${name} compile`, () => {
    // In the folder of the test, so that imports find its node_modules first, and those of the repository after them.
    const folder = mkdtempSync(join('test/field', name, '.types-'))
    try {
      cpSync(`examples/frameworks/${name}`, join(folder, name), { recursive: true })
      for (const shared of ['listen', 'notes', 'sdk1-server', 'sdk2-server']) {
        cpSync(`examples/frameworks/${shared}.ts`, join(folder, `${shared}.ts`))
      }
      writeFileSync(
        join(folder, 'tsconfig.json'),
        JSON.stringify({
          extends: '../../../../tsconfig.dev.json',
          compilerOptions: {
            noEmit: true,
            isolatedDeclarations: false,
            experimentalDecorators: true,
            emitDecoratorMetadata: true,
            paths: {
              'mcp-gatehouse': ['../../../../dist/index.d.ts'],
              'mcp-gatehouse/*': ['../../../../dist/*.d.ts'],
            },
          },
          include: ['**/*.ts'],
          exclude: [],
        }),
      )
      const args = [TSC, '--project', folder, '--pretty', 'false']
      const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
      expect(stdout).toBe('')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}
