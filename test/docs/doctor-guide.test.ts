/** docs/guides/doctor.md contains a finding as the doctor prints it, and every option. */

import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { runCommand } from '../../src/cli/command.ts'
import { formatReport } from '../../src/cli/format-report.ts'
import { examine } from '../../src/doctor/examine.ts'
import { PLANTED } from '../doctor/planted.ts'
import { startSite } from '../doctor/site.ts'

const GUIDE = readFileSync(new URL('../../docs/guides/doctor.md', import.meta.url), 'utf8')

it('the guide contains a finding as the doctor prints it', async () => {
  const site = await startSite(
    PLANTED.find(({ findings }) => findings[0] === 'warning cors-expose'),
  )
  try {
    const report = await examine({ url: site.url })
    const text = formatReport(report, { colors: false, columns: 100, quiet: true })
    const shown = /```\n(Browsers\n[^`]+)```/.exec(GUIDE)?.[1] ?? 'nothing'
    expect(text).toContain(shown)
  } finally {
    await site.close()
  }
})

it('the guide names every option in the usage text', async () => {
  let usage = ''
  const nothing = async () => ''
  await runCommand(['--help'], {
    out: (text) => {
      usage += text
    },
    err: () => {},
    stdin: nothing,
    env: {},
    outHasColors: false,
    errIsTerminal: false,
    columns: undefined,
    version: '0.0.0',
  })
  const options = [...usage.matchAll(/^ {2}(--\w+)/gm)].flatMap(([, name]) => name ?? [])
  expect(options.length).toBeGreaterThan(4)
  for (const option of options.filter((name) => name !== '--help')) {
    expect(GUIDE).toContain(`\`${option}`)
  }
})
