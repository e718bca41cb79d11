import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { buildErrorsPage } from './errors-page.ts'

it('docs/errors.md is up to date (else: npm run docs)', () => {
  const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
  expect(page).toBe(buildErrorsPage())
})
