/** The tarball of this package, installed in an empty project. */

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import manifest from '../../package.json' with { type: 'json' }

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** The dependencies of an application, besides those of the package. */
const PEERS = [...Object.keys(manifest.peerDependencies), '@types/node', 'undici-types']

const run = promisify(execFile)

/** Every entry, by the name that a program imports. */
export const ENTRIES = Object.entries(manifest.exports).flatMap(([entry, targets]) =>
  typeof targets === 'string' ? [] : [manifest.name + entry.slice(1)],
)

/**
 * Unpacked and linked by hand: an install would ask a registry. Needs the build.
 *
 * @returns The folder of the project, which is of the type `module`. The caller removes it.
 */
export async function createProject(): Promise<string> {
  const project = await mkdtemp(join(tmpdir(), 'gatehouse-project-'))
  const argv = ['pack', '--json', '--ignore-scripts', '--pack-destination', project]
  const { stdout } = await run('npm', argv, { cwd: ROOT })
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }]
  const home = join(project, 'node_modules', manifest.name)
  await mkdir(home, { recursive: true })
  await run('tar', ['-xzf', join(project, filename), '-C', home, '--strip-components=1'])
  for (const name of [...Object.keys(manifest.dependencies), ...PEERS]) {
    const link = join(project, 'node_modules', name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(join(ROOT, 'node_modules', name), link)
  }
  await writeFile(join(project, 'package.json'), '{ "type": "module", "private": true }')
  return project
}
