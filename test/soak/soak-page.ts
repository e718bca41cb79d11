/** Builds docs/soak.md from the results of a run. */

import type { SoakOptions, SoakResult } from './run-soak.ts'

/** Shorter runs end before the caches are full, so their growth means nothing. */
export const MIN_MINUTES_FOR_GROWTH = 20
export const MAX_GROWTH = 1.1

/** The heap at the end, as a multiple of that after the tenth minute. */
export function growthOf({ memory }: SoakResult, minutes: number): number {
  const index = Math.min(memory.length - 1, Math.ceil((10 / minutes) * memory.length) - 1)
  return (memory.at(-1)?.heap ?? 0) / (memory[Math.max(0, index)]?.heap ?? 1)
}

export function buildSoakPage(
  { minutes, users, concurrency, rate }: SoakOptions,
  results: readonly SoakResult[],
  date: string,
): string {
  const isShort = minutes < MIN_MINUTES_FOR_GROWTH
  return [
    '# Long runs',
    '',
    '<!-- Made by `npm run soak -- --page`. -->',
    '',
    `The last run, on ${date}: ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} on both runtimes at the same time, on loopback. Each has ${users.toLocaleString('en')} users,`,
    `${concurrency} requests at a time${rate === Infinity ? '' : `, and ${rate} a second`}. \`npm run soak -- --minutes 60\` repeats it for an hour; \`--runtime\`, \`--users\`, \`--concurrency\` and`,
    '`--rate` change it.',
    '',
    'Keys rotate every 80 seconds, and every 40 seconds the documents of the authorization server fail for 4 seconds: a',
    '500, a closed connection, or silence. Requests have good tokens, tokens without a scope, forged and expired tokens,',
    'tokens of other audiences and unknown keys, random text, sessions of the user and of others, slow bodies, bodies',
    'without an end, and connections that the client closes.',
    '',
    'A run fails if a bad token is accepted, a good token is a 401, a 503 has no failed document within 20 seconds before it,',
    'a handler sees another user, or a decision has not exactly one audit record with the status of its response. The 404',
    'for the session of another user has a record beside that of the guard.',
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
    row('heap in MiB', results, ({ memory }) =>
      memory.map(({ heap }) => (heap / 2 ** 20).toFixed(1)).join(', '),
    ),
    row('resident memory in MiB', results, ({ memory }) =>
      memory.map(({ resident }) => Math.round(resident / 2 ** 20)).join(', '),
    ),
    '',
    `The ${results[0]?.memory.length} samples are at equal distances, each after a collection of garbage.`,
    isShort
      ? `The run was shorter than ${MIN_MINUTES_FOR_GROWTH} minutes, so the growth of memory was not compared: the caches were still filling.`
      : `A run fails if the heap at the end is more than ${MAX_GROWTH} times that of the tenth minute.`,
    '',
    'The resident memory is not compared. On workerd it includes the Workers of Miniflare, and garbage that V8 has not',
    'collected yet: under the same traffic a Worker that only reads the body and answers grew to 310 MiB in its first 41,000',
    'requests, and stayed between 310 and 341 MiB until the 73,000th (miniflare 4.20260730.0).',
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
