/** The programs and the response of the README, and the error text of getting started, are the real ones. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import quickStart from '../../examples/quick-start.ts'
import { ConfigError, protectedResource } from '../../src/index.ts'

const README = read('README.md')

describe('README', () => {
  it('has at most 150 lines', () => {
    expect(README.trimEnd().split('\n').length).toBeLessThanOrEqual(150)
  })

  it('contains the programs of examples/', () => {
    expect(README).toContain(`\`\`\`ts\n${read('examples/quick-start.ts')}\`\`\``)
    const onNode = read('examples/quick-start-node.mjs')
    expect(README).toContain(`\`\`\`js\n${onNode}\`\`\``)
  })

  it('shows the 401 that the program sends', async () => {
    const response = await quickStart.fetch(new Request('https://api.example.com/notes'))
    const shown = [
      `HTTP/1.1 ${response.status} Unauthorized`,
      `Cache-Control: ${response.headers.get('Cache-Control')}`,
      `WWW-Authenticate: ${response.headers.get('WWW-Authenticate')}`,
    ]
    expect(README).toContain(shown.join('\n'))
  })

  it('leads to the text of a ConfigError', () => {
    const make = (): unknown =>
      protectedResource({
        resource: 'http://api.example.com/notes',
        authorizationServers: ['https://auth.example.com'],
        requiredScopes: ['offline_access'],
      })
    expect(make).toThrow(ConfigError)
    try {
      make()
    } catch (error) {
      expect(read('docs/getting-started.md')).toContain(String(error))
    }
  })

  it('links only to files that exist', () => {
    const links = [...README.matchAll(/\]\(([^)#]+)\)/g)].map(([, target]) => target ?? '')
    expect(links.length).toBeGreaterThan(3)
    for (const link of links.filter((each) => !each.includes('//'))) {
      expect(() => readFileSync(new URL(`../../${link}`, import.meta.url)), link).not.toThrow(
        /ENOENT/,
      )
    }
  })
})

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
}
