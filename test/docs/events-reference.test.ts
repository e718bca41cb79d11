import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { buildEventsPage } from './events-page.ts'

it('docs/reference/events.md says what src/contract/events.ts says: else run `npm run docs`', () => {
  const page = readFileSync(new URL('../../docs/reference/events.md', import.meta.url), 'utf8')
  expect(page).toBe(buildEventsPage())
})
