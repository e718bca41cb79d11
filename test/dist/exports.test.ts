import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
  test('contains the build, the documents, the schemas and the Containerfile only', () => {
    const schemas = ['doctor-report.schema.json', 'gatehouse.schema.json']
    const papers = [
      'CHANGELOG.md',
      'Containerfile',
      'LICENSE',
      'README.md',
      'package.json',
      ...schemas,
    ]
    const rest = contents.filter((path) => !/^(dist|docs)\//.test(path) && !papers.includes(path))
    expect(rest).toEqual([])
    expect(contents).toEqual(
      expect.arrayContaining(['CHANGELOG.md', 'Containerfile', 'LICENSE', ...schemas]),
    )
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
