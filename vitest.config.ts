import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** Set by `npm test`, which has just built what is in dist. By hand it may be missing or old. */
const hasFreshBuild = process.env['FRESH_BUILD'] === '1'

export default defineConfig({
  test: {
    // Nothing that a test does may leave this machine.
    setupFiles: ['test/support/setup.ts'],
    // Many tests start programs, and a busy machine is no reason to fail: only a hang is.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // By default one core stays idle, which on two cores doubles the time.
    maxWorkers: '100%',
    // The default, said aloud: unsaid, vitest advises against it below its summary.
    isolate: true,
    projects: [
      {
        extends: true,
        // `npm run test:field` runs test/field, whose folders have dependencies of their own.
        test: { name: 'src', include: ['test/**/*.test.ts'], exclude: ['test/field/**'] },
      },
      auditedConformance(),
      ...(hasFreshBuild ? [conformanceOfTheBuild(), conformanceOfTheCoreEntry()] : []),
    ],
  },
})

/** What is published has to keep the same promises: bundlers have deleted guards before. */
function conformanceOfTheBuild() {
  return {
    extends: true as const,
    resolve: {
      alias: [
        { find: /^(?:\.\.\/)+src\/index\.ts$/, replacement: built('index') },
        { find: /^(?:\.\.\/)+src\/exchange\/index\.ts$/, replacement: built('exchange') },
        { find: /^(?:\.\.\/)+src\/providers\/index\.ts$/, replacement: built('providers') },
        // Adapters share parts of the library that the entries do not export.
        { find: /^(?:\.\.\/)+adapters\/node\/index\.ts$/, replacement: built('node') },
        { find: /^(?:\.\.\/)+adapters\/hono\.ts$/, replacement: built('hono') },
      ],
    },
    test: {
      name: 'dist',
      include: ['test/conformance/*.test.ts', 'test/dist/subject.ts'],
      // About the tests and the pages, not about the library.
      exclude: ['test/conformance/coverage.test.ts'],
      // In `src` every file passes by itself; together they need a third of the time.
      isolate: false,
    },
  }
}

/** The same promises again from `mcp-gatehouse/core`, with the options turned into values. */
function conformanceOfTheCoreEntry() {
  const values = fileURLToPath(new URL('test/support/core-entry.ts', import.meta.url))
  return {
    extends: true as const,
    resolve: {
      alias: [
        { find: /^(?:\.\.\/)+src\/index\.ts$/, replacement: values },
        { find: /^(?:\.\.\/)+src\/core\.ts$/, replacement: built('core') },
        { find: /^(?:\.\.\/)+src\/providers\/index\.ts$/, replacement: built('providers') },
        // Adapters share parts of the library that the entries do not export.
        { find: /^(?:\.\.\/)+adapters\/node\/index\.ts$/, replacement: built('node') },
        { find: /^(?:\.\.\/)+adapters\/hono\.ts$/, replacement: built('hono') },
      ],
    },
    test: {
      name: 'core',
      include: ['test/conformance/*.test.ts'],
      exclude: ['test/conformance/coverage.test.ts'],
      isolate: false,
    },
  }
}

/** Exactly one audit record for each decision, counted from outside: see test/support/audited.ts. */
function auditedConformance() {
  const source = fileURLToPath(new URL('src/index.ts', import.meta.url))
  const audited = fileURLToPath(new URL('test/support/audited.ts', import.meta.url))
  return {
    extends: true as const,
    resolve: {
      alias: [
        { find: /^(?:\.\.\/)+src\/index\.ts$/, replacement: audited },
        { find: /^mcp-gatehouse$/, replacement: source },
      ],
    },
    test: {
      name: 'audit',
      // The files with the most decisions.
      include: [
        'test/conformance/{binding,custom,dpo,err,events,get-stream,head,int,int-responses,jwt}.test.ts',
        'test/conformance/{jwt-token-types,keys,mtl,req,routing,sco,sco-operations,step-up,trn}.test.ts',
      ],
      setupFiles: ['test/support/setup.ts', 'test/support/count-records.ts'],
    },
  }
}

function built(name: string): string {
  return fileURLToPath(new URL(`dist/${name}.js`, import.meta.url))
}
