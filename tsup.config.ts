import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { defineConfig } from 'tsup'

/**
 * The `exports` map (and `bin`) of package.json is the only list of entries: `./dist/hono.js` is built
 * from the first of these that exists.
 */
function sourceOf(name: string): string {
  const places = [
    `src/${name}.ts`,
    `adapters/${name}.ts`,
    `src/${name}/index.ts`,
    `src/${name}/main.ts`,
  ]
  const source = places.find((path) => existsSync(path))
  if (!source)
    throw new Error(`package.json exports dist/${name}.js, but none of ${places.join(', ')}`)
  return source
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, string | { default: string }>
  bin?: Record<string, string>
}
const outputs = [
  ...Object.values(manifest.exports).flatMap((it) => (typeof it === 'string' ? [] : it.default)),
  ...Object.values(manifest.bin ?? {}),
]

export default defineConfig({
  entry: Object.fromEntries(
    outputs.map((path) => basename(path, '.js')).map((name) => [name, sourceOf(name)]),
  ),
  format: 'esm',
  platform: 'neutral',
  target: 'es2023',
  tsconfig: 'tsconfig.src.json',
  dts: { compilerOptions: { types: ['node'] } },
  // Deno and workerd know these modules only by their full names.
  external: [/^(node|cloudflare):/],
  removeNodeProtocol: false,
  clean: true,
})
