/**
 * TanStack Start, built by Vite and served by srvx.
 * Installs 107 MB; takes about 5 s of processor time.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startProject } from '../../support/program.ts'
import { testRecipe } from '../../support/recipe.ts'

const CLIENT = join(import.meta.dirname, '.build/tanstack-start/dist/client/assets')

testRecipe(
  {
    name: 'tanstack-start',
    start: startProject({
      name: 'tanstack-start',
      serve: (host, port) => [
        ...['srvx', '--prod', '--host', host, '--port', port],
        ...['--static', '../client', '--entry', 'dist/server/server.js'],
      ],
    }),
  },
  () => {
    it('keeps the guard and the secrets of its resource out of the build for the browser', () => {
      const files = readdirSync(CLIENT).filter((name) => name.endsWith('.js'))
      expect(files.length).toBeGreaterThan(0)
      for (const name of files) {
        expect(readFileSync(join(CLIENT, name), 'utf8')).not.toMatch(
          /SESSION_SECRET|resource_metadata/,
        )
      }
    })
  },
)
