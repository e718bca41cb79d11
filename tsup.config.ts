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
  onSuccess: polish,
})

async function polish(): Promise<void> {
  markPureCalls()
  dropIdleImports()
}

/**
 * Bundlers respect `@__NO_SIDE_EFFECTS__` of a function only within its own file, and the schemas may be in
 * another chunk than their builders. A mark at each call removes unused schemas in any case.
 */
function markPureCalls(): void {
  const builders = [
    ...readFileSync('src/schema/shapes.ts', 'utf8').matchAll(
      /@__NO_SIDE_EFFECTS__\nexport function (\w+)/g,
    ),
  ].map(([, name]) => name)
  const calls = new RegExp(
    `(?<![.\\w]|function |PURE__ \\*/ )(?:${builders.join('|')})\\d*\\(`,
    'g',
  )
  rewrite((code) => code.replace(calls, '/* @__PURE__ */ $&'))
}

/**
 * An entry imports some chunks for nothing but their order. They have no side effects, and so says
 * package.json; left in place, each of these lines is a warning for whoever bundles the package.
 */
function dropIdleImports(): void {
  rewrite((code) => code.replace(/^import "\.\/chunk-\w+\.js";\n/gm, ''))
}

function rewrite(edit: (code: string) => string): void {
  for (const name of readdirSync('dist').filter((each) => each.endsWith('.js'))) {
    const path = join('dist', name)
    writeFileSync(path, edit(readFileSync(path, 'utf8')))
  }
}
