/** Variants of problems from public reports: each finding names the cause, compares, and links to its page. */

import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { formatReport } from '../../src/cli/format-report.ts'
import { examine } from '../../src/doctor/examine.ts'
import { fetchLocal, type Site, startSite } from './site.ts'
import type { Variant } from './variants.ts'
import { BROWSERS } from './variants-browsers.ts'
import { CHALLENGE } from './variants-challenge.ts'
import { FRONT } from './variants-front.ts'
import { METADATA } from './variants-metadata.ts'
import { PROXIES } from './variants-proxies.ts'
import { SERVER } from './variants-server.ts'
import { TOKEN } from './variants-token.ts'

let site: Site | undefined
afterEach(() => site?.close())

async function examineVariant({ token, ...options }: Variant) {
  site = await startSite(options)
  const own = { aud: site.url, scope: 'notes:read' }
  const given = typeof token === 'object' ? await site.issuer.token({ ...own, ...token }) : token
  return examine({ url: site.url, token: given, fetch: fetchLocal })
}

const TABLES = { FRONT, PROXIES, CHALLENGE, BROWSERS, METADATA, SERVER, TOKEN }

describe.each(Object.entries(TABLES))('%s', (_name, table) => {
  it.each(table)('"$report" is found as $id', async (variant) => {
    const { id, says, expected, received } = variant
    const report = await examineVariant(variant)
    const found = report.findings.filter((each) => each.id === id && each.level !== 'pass')
    const messages = found.map(({ message }) => message)
    expect(messages).toEqual(expect.arrayContaining([expect.stringMatching(says)]))
    const finding = found.find(({ message }) => says.test(message))
    if (expected) expect(finding?.expected).toMatch(expected)
    if (received) expect(finding?.received).toMatch(received)
    expect(finding?.remedy).toMatch(/\.$/)
    expect(finding?.spec).toMatch(/RFC|MCP|Fetch|OAuth|OpenID/)
    const [path = '', anchor] = finding?.docs?.split('#') ?? []
    expect(anchor).toBe(id)
    expect(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).toContain(
      `\n## ${id}\n`,
    )
    const text = formatReport(report, { colors: false, columns: 100, quiet: true })
    expect(text).toContain(`Docs        ${finding?.docs}`)
  })
})
