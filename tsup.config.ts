import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { rollup } from 'rollup'
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

/** The licence of valibot requires the notice; LICENSE has the same text below it. */
const VALIBOT = '/* Contains parts of valibot, Copyright (c) Fabian Hiller, MIT License */'

export default defineConfig({
  entry: Object.fromEntries(
    outputs.map((path) => basename(path, '.js')).map((name) => [name, sourceOf(name)]),
  ),
  format: 'esm',
  platform: 'neutral',
  target: 'es2023',
  tsconfig: 'tsconfig.src.json',
  dts: { compilerOptions: { types: ['node'] }, resolve: ['valibot'] },
  // valibot is in the build, and jose is not: see docs/decisions/0007.
  // Deno and workerd know these modules only by their full names.
  external: [/^(node|cloudflare):/],
  removeNodeProtocol: false,
  clean: true,
  onSuccess: polish,
})

async function polish(): Promise<void> {
  markPureCalls()
  await joinChunks()
}

/**
 * Bundlers respect `@__NO_SIDE_EFFECTS__` of a function only within its own file, and the schemas may be in
 * another file than their builders. A mark at each call removes unused schemas in any case.
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
  for (const path of builtFiles()) {
    const code = readFileSync(path, 'utf8')
    writeFileSync(path, toAscii(code.replace(calls, '/* @__PURE__ */ $&')))
  }
}

/** Only comments have other characters. V8 loads a file of ASCII in less time. */
function toAscii(code: string): string {
  const escaped = (character: string) =>
    `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  return code.replace(/[^\0-\x7f]/g, escaped)
}

/**
 * esbuild makes a chunk for each set of entries that share code. These are forty files, and each costs an
 * import time besides its code. Here everything that `index.js` and `core.js` load becomes `library.js`.
 */
async function joinChunks(): Promise<void> {
  const chunks = builtFiles()
  const bundle = await rollup({
    input: outputs,
    external: (id) => !/^[./]/.test(id),
    treeshake: { moduleSideEffects: false },
  })
  const { output } = await bundle.write({
    dir: 'dist',
    chunkFileNames: ({ name }) => (name === 'library' ? 'library.js' : 'chunk-[hash].js'),
    hoistTransitiveImports: false,
    minifyInternalExports: false,
    banner: ({ name }) => (name === 'library' ? VALIBOT : ''),
    manualChunks: { library: ['./dist/index.js', './dist/core.js'] },
  })
  await bundle.close()
  const written = new Set(output.map(({ fileName }) => join('dist', fileName)))
  for (const path of chunks.filter((each) => !written.has(each))) rmSync(path)
}

function builtFiles(): string[] {
  return readdirSync('dist')
    .filter((name) => name.endsWith('.js'))
    .map((name) => join('dist', name))
}
