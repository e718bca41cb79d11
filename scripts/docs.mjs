// `npm run docs`: writes the pages that are made of code. A test fails while one of them is out of date.

import { writeFileSync } from 'node:fs'
import { buildConformancePage } from '../test/conformance/page.ts'
import { buildErrorsPage } from '../test/docs/errors-page.ts'
import { buildEventsPage } from '../test/docs/events-page.ts'

const PAGES = {
  'docs/conformance.md': buildConformancePage,
  'docs/errors.md': buildErrorsPage,
  'docs/reference/events.md': buildEventsPage,
}

for (const [path, build] of Object.entries(PAGES)) writeFileSync(path, build())
