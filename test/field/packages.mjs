/**
 * `node --import ./test/field/packages.mjs` runs a program of examples/frameworks/: packages that the repository does
 * not have are those of test/field/<folder of the program>. NestJS programs have decorators, which Node does not strip.
 */

import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { transformSync } from 'esbuild'

const EXAMPLES = new URL('../../examples/frameworks/', import.meta.url).href

registerHooks({
  resolve(specifier, context, next) {
    const parent = context.parentURL ?? ''
    const [folder, file] = parent.slice(EXAMPLES.length).split('/')
    if (!parent.startsWith(EXAMPLES) || file === undefined) return next(specifier, context)
    try {
      return next(specifier, context)
    } catch {
      const place = join(dirname(fileURLToPath(import.meta.url)), folder ?? '', 'package.json')
      return next(specifier, { ...context, parentURL: pathToFileURL(place).href })
    }
  },
  load(url, context, next) {
    if (!url.startsWith(EXAMPLES)) return next(url, context)
    const { code } = transformSync(readFileSync(fileURLToPath(url), 'utf8'), {
      loader: 'ts',
      tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
    })
    return { format: 'module', source: code, shortCircuit: true }
  },
})
