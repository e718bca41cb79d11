import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { beforeAll, describe, expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }

/** The package as it would be published. `npm test` builds it before the tests. */
let tarball: Uint8Array<ArrayBuffer>
let contents: string[]

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-'))
  const argv = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const { stdout } = await promisify(execFile)('npm', argv)
  const [packed] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }]
  tarball = new Uint8Array(await readFile(join(folder, packed.filename)))
  contents = packed.files.map((file) => file.path)
  await rm(folder, { recursive: true })
})

describe('the tarball', () => {
  test('contains the build, the documents, the examples, the schemas and the Containerfile only', () => {
    const schemas = ['doctor-report.schema.json', 'gatehouse.schema.json']
    const papers = [
      'CHANGELOG.md',
      'Containerfile',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'package.json',
      ...schemas,
    ]
    const rest = contents.filter(
      (path) => !/^(dist|docs|examples)\//.test(path) && !papers.includes(path),
    )
    expect(rest).toEqual([])
    expect(contents.filter((path) => path.endsWith('package-lock.json'))).toEqual([])
    expect(contents).toEqual(
      expect.arrayContaining(['CHANGELOG.md', 'Containerfile', 'LICENSE', ...schemas]),
    )
  })

  // The evidence stays in the repository: tests, findings, the demo and snippets. docs/README.md says so.
  test('contains every guide and example that its documents link to', async () => {
    const ofRepository = /^(CONTRIBUTING\.md|(findings|test|examples\/(demo|snippets))(\/|$))/
    const pages = contents.filter((path) => path.endsWith('.md'))
    const dead: string[] = []
    for (const page of pages) {
      const text = (await readFile(page, 'utf8')).replaceAll(/^```.*?^```$/gms, '')
      for (const [, target = ''] of text.matchAll(/\]\(([^)\s#]+)/g)) {
        const path = join(dirname(page), target).replace(/\/$/, '')
        const isThere = contents.some((each) => each === path || each.startsWith(`${path}/`))
        if (/^[a-z]+:/.test(target) || ofRepository.test(path) || isThere) continue
        dead.push(`${page} → ${target}`)
      }
    }
    expect(pages.length).toBeGreaterThan(60)
    expect(dead).toEqual([])
  })

  test.each(Object.entries(manifest.exports))(
    'holds the code and the types of %s',
    (_name, targets) => {
      const files = typeof targets === 'string' ? [targets] : [targets.types, targets.default]
      expect(contents).toEqual(expect.arrayContaining(files.map((file) => file.slice('./'.length))))
    },
  )

  test('passes publint', async () => {
    const { messages, pkg } = await publint({ strict: true, pack: { tarball: tarball.buffer } })
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([])
  })

  test('has correct types in every ES module resolution', async () => {
    const result = await checkPackage(createPackageFromTarballData(tarball))
    if (!result.types) throw new Error('The package has no types.')
    // The package is ESM only: `require` works from Node 22 on, and node10 has no exports map.
    const wrong = result.problems.filter(
      (it) => !('resolutionKind' in it && ['node10', 'node16-cjs'].includes(it.resolutionKind)),
    )
    expect(wrong).toEqual([])
  })
})
