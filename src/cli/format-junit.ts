/** Formats reports as JUnit XML: a suite for each server, a case for each check. CI systems show it. */

import type { Report } from '../doctor/examine.ts'
import type { DoctorFinding } from '../doctor/finding.ts'
import { printable } from '../lib/printable.ts'

/** Formats reports, with a line break at the end. Warnings are cases with output, not failures. */
export function formatJunit(reports: readonly Report[]): string {
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites name="mcp-gatehouse doctor">',
  ]
  for (const { url, errors, findings } of reports) {
    lines.push(
      `  <testsuite name="${escapeXml(url)}" tests="${findings.length}" failures="${errors}" errors="0" skipped="0">`,
      ...findings.flatMap(formatCase),
      '  </testsuite>',
    )
  }
  return `${[...lines, '</testsuites>'].join('\n')}\n`
}

function formatCase(finding: DoctorFinding): string[] {
  const { id, area, about, level, message } = finding
  const name = about === undefined ? id : `${id} ${about}`
  const open = `    <testcase classname="${escapeXml(area)}" name="${escapeXml(name)}"`
  if (level === 'pass') return [`${open}/>`]
  const text = escapeXml(detailsOf(finding))
  return level === 'error'
    ? [
        `${open}>`,
        `      <failure message="${escapeXml(message)}" type="${escapeXml(id)}">${text}</failure>`,
        '    </testcase>',
      ]
    : [`${open}>`, `      <system-out>${text}</system-out>`, '    </testcase>']
}

function detailsOf(finding: DoctorFinding): string {
  const { level, message, expected, received, remedy, spec, docs } = finding
  const fields = { Expected: expected, Received: received, Fix: remedy, See: spec, Docs: docs }
  const lines = Object.entries(fields).flatMap(([label, text]) =>
    text === undefined ? [] : [`${label}: ${text}`],
  )
  return [`${level}: ${message}`, ...lines].join('\n')
}

/** XML 1.0 §2.2, §2.4: characters that no document may contain are replaced, marks are escaped. */
function escapeXml(text: string): string {
  return text
    .split('\n')
    .map(printable)
    .join('\n')
    .toWellFormed()
    .replace(/[\uFFFE\uFFFF]/g, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
