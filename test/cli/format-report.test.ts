import { describe, expect, it } from 'vitest'
import { type FormatOptions, formatReport } from '../../src/cli/format-report.ts'
import {
  allClients,
  allClientsExcept,
  browserClients,
  type DoctorFinding,
} from '../../src/doctor/finding.ts'

const PASSED: DoctorFinding = {
  id: 'https',
  area: 'Connection',
  level: 'pass',
  message: 'The URL is https.',
  spec: 'RFC 9728 §1.2',
}
const FAILED: DoctorFinding = {
  id: 'challenge-status',
  area: 'Challenge',
  level: 'error',
  message: 'A request without a token is answered with 500 instead of 401.',
  means: allClients('It never starts a login: only a 401 does that.'),
  remedy: 'Check for a token before anything else looks at the request.',
  spec: 'RFC 6750 §3',
}

function print(findings: DoctorFinding[], options: Partial<FormatOptions> = {}): string {
  const count = (level: string) => findings.filter((each) => each.level === level).length
  const counts = { errors: count('error'), warnings: count('warning'), passed: count('pass') }
  return formatReport(
    { url: 'https://mcp.example/mcp', requests: 24, ...counts, findings },
    { colors: false, columns: 60, quiet: false, ...options },
  )
}

describe('formatReport() writes', () => {
  it('a pass in one line, other findings with their effect and fix', () => {
    expect(print([PASSED, FAILED])).toBe(`mcp-gatehouse doctor  https://mcp.example/mcp

Connection
  ✓ The URL is https.

Challenge
  ✗ A request without a token is answered with 500 instead
    of 401.
    All clients It never starts a login: only a 401 does
                that.
    Fix         Check for a token before anything else looks
                at the request.
    See         RFC 6750 §3 [challenge-status]

1 error, 0 warnings, 1 passed (24 requests)
`)
  })

  it('clients with different effects on separate lines', () => {
    const warning = { ...FAILED, level: 'warning' as const }
    const page = print([{ ...warning, means: browserClients('It sees nothing.') }])
    expect(page).toMatch(/! A request/)
    expect(page).toMatch(/Others +Not affected/)
    expect(page).toMatch(/In browsers +It sees nothing\./)
    const one = print([
      { ...warning, means: allClientsExcept({ vscode: 'It asks.' }, 'It stops.') },
    ])
    expect(one).toMatch(/Others +It stops\.\n +VS Code +It asks\./)
  })

  it('the issuer in the heading, once', () => {
    const about = 'https://as.example'
    const text = print([
      { ...PASSED, about },
      { ...PASSED, about },
    ])
    expect(text.match(/as\.example/g)).toHaveLength(1)
  })

  it('only warnings and errors with quiet', () => {
    expect(print([PASSED, FAILED], { quiet: true })).not.toContain('Connection')
  })
})

describe('formatReport() never', () => {
  it('writes colours without the option', () => {
    expect(print([PASSED, FAILED])).not.toContain('\u001b')
    expect(print([PASSED, FAILED], { colors: true })).toContain('\u001b[31m✗\u001b[39m')
  })

  it('writes control characters of a server to the terminal', () => {
    const message = 'resource is "\u001b[2J\u202Eevil\r\n\u0007"'
    const text = print([{ ...FAILED, message, about: 'https://as.example/\u001b[2J' }])
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
    expect(text).toContain('evil')
  })
})
