// `npm run docs`: writes the examples in doc comments, and the pages that are made of code. A test fails while one of
// them is out of date.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { buildConformancePage } from '../test/conformance/page.ts'
import { buildDoctorPages } from '../test/docs/doctor-pages.ts'
import { buildErrorsPage } from '../test/docs/errors-page.ts'
import { buildEventsPage } from '../test/docs/events-page.ts'
import { buildModOauth2Page } from '../test/interop/mod-oauth2.ts'
import { buildRuntimesPage } from '../test/runtimes/keys-page.ts'
import { writeApiReference } from './api-reference.mjs'
import { writeExamples } from './examples.mjs'

const PAGES = {
  'docs/conformance.md': buildConformancePage(),
  'docs/errors.md': buildErrorsPage(),
  'docs/mod-oauth2.md': buildModOauth2Page(),
  'docs/runtimes.md': buildRuntimesPage(),
  'docs/reference/events.md': buildEventsPage(),
  ...buildDoctorPages(),
}

for (const [path, text] of Object.entries(PAGES)) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

// The reference shows the examples.
const problems = [...writeExamples(), ...(await writeApiReference('docs/reference/api'))]
for (const each of problems) console.error(each)
process.exitCode = problems.length > 0 ? 1 : 0
