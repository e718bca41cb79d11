import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { defineConfig } from 'tsup'

/**
 * The `exports` map (and `bin`) of package.json is the only list of entries: `./dist/hono.js` is built
 * from the first of these that exists.
 */
function sourceOf(name: string): string {
  const places = [
    `src/${name}.ts`,
    `adapters/${name}.ts`,
    `adapters/${name}/index.ts`,
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
  onSuccess: dropIdleImports,
})

/**
 * An entry imports some chunks for nothing but their order. They have no side effects, and so says
 * package.json; left in place, each of these lines is a warning for whoever bundles the package.
 */
async function dropIdleImports(): Promise<void> {
  for (const name of readdirSync('dist').filter((each) => each.endsWith('.js'))) {
    const path = join('dist', name)
    writeFileSync(path, readFileSync(path, 'utf8').replace(/^import "\.\/chunk-\w+\.js";\n/gm, ''))
  }
}
