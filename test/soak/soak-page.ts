/** Builds docs/soak.md from the results of a run. */

import type { SoakOptions, SoakResult } from './run-soak.ts'

/** Shorter runs end before the caches are full, so their growth means nothing. */
export const MIN_MINUTES_FOR_GROWTH = 20
export const MAX_GROWTH = 1.1

/** The memory at the end, as a multiple of that after the tenth minute, or after half of a shorter run. */
export function growthOf({ memory }: SoakResult, minutes = 20): number {
  const index = Math.min(memory.length - 1, Math.ceil((10 / minutes) * memory.length) - 1)
  return (memory.at(-1) ?? 0) / (memory[Math.max(0, index)] ?? 1)
}

export function buildSoakPage(
  { minutes, users, concurrency }: SoakOptions,
  results: readonly SoakResult[],
  date: string,
): string {
  const isShort = minutes < MIN_MINUTES_FOR_GROWTH
  return [
    '# Long runs',
    '',
    '<!-- Made by `npm run soak -- --page`. -->',
    '',
    `The last run, on ${date}: ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} on each runtime, ${users} users, ${concurrency} requests at a time,`,
    'on loopback. `npm run soak -- --minutes 60` repeats it for an hour; `--runtime`, `--users` and `--concurrency` change it.',
    '',
    'Keys rotate every 40 seconds, and every 20 seconds the documents of the authorization server fail for 3 seconds: a',
    '500, a closed connection, or silence. Requests have good tokens, tokens without a scope, forged and expired tokens,',
    'tokens of other audiences and unknown keys, random text, sessions of the user and of others, slow bodies, bodies',
    'without an end, and connections that the client closes.',
    '',
    'A run fails if a bad token is accepted, a good token is a 401, a 503 has no failed document before it, a handler sees',
    'another user, or a decision has not exactly one audit record with the status of its response. The 404 for the session of',
    'another user has a record beside that of the guard.',
    '',
    `| | ${results.map(({ runtime }) => runtime).join(' | ')} |`,
    `| --- |${results.map(() => ' --- |').join('')}`,
    row('requests', results, ({ requests }) => requests.toLocaleString('en')),
    row('audit records', results, ({ records }) => records.toLocaleString('en')),
    row('statuses', results, ({ statuses }) =>
      Object.entries(statuses)
        .map(([status, times]) => `${status}: ${times.toLocaleString('en')}`)
        .join(', '),
    ),
    row('rotations, outages', results, (each) => `${each.rotations}, ${each.outages}`),
    row('problems', results, ({ problems }) => String(problems.length)),
    row('memory in MiB, by tenth of the run', results, ({ memory }) =>
      memory.map((each) => Math.round(each / 2 ** 20)).join(' '),
    ),
    '',
    isShort
      ? `The run was shorter than ${MIN_MINUTES_FOR_GROWTH} minutes, so the growth of memory was not compared: the caches were still filling.`
      : `The memory at the end is at most ${MAX_GROWTH} times that of the tenth minute.`,
    'Node: the heap after a collection. workerd: the resident memory of its process.',
    '',
  ].join('\n')
}

function row(
  name: string,
  results: readonly SoakResult[],
  cellOf: (result: SoakResult) => string,
): string {
  return `| ${name} | ${results.map(cellOf).join(' | ')} |`
}
