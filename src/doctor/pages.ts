/** The pages of docs/doctor/: one for each section of the report, with a heading for each finding. */

import type { Area } from './finding.ts'

export const PAGES: Readonly<Record<Area, string>> = {
  Connection: 'connection',
  Challenge: 'challenge',
  'Protected resource metadata': 'resource-metadata',
  'Authorization server': 'authorization-server',
  Browsers: 'browsers',
  'Older clients': 'older-clients',
  Token: 'token',
}

/** The path of the section about a finding, from the root of the package. */
export function docsOf({ id, area }: { readonly id: string; readonly area: Area }): string {
  return `docs/doctor/${PAGES[area]}.md#${id}`
}
