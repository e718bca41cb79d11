/** The targets that no table of the page shows: figures that were measured one by one, and what follows from them. */

import { type Limit, verdictOn } from './targets.ts'

interface Growth {
  readonly title: string
  readonly limit: Limit
  /** What was measured, by runtime and where it matters by case. */
  readonly measured: Readonly<Record<string, number>>
  readonly note: string
}

const MEASURED: readonly Growth[] = [
  {
    title: 'users in process, all places: as many times faster than jose',
    limit: { atLeast: 5 },
    measured: {
      'Node, 1,000': 92,
      'Node, 10,000': 103,
      'Node, 50,000': 65,
      'Bun, 1,000': 234,
      'Bun, 10,000': 47,
      'Bun, 50,000': 50,
      'Deno, 1,000': 685,
      'Deno, 10,000': 313,
      'Deno, 50,000': 206,
      'workerd, 1,000': 45,
      'workerd, 10,000': 23,
      'workerd, 50,000': 35,
    },
    note: 'by `npm run bench -- users`',
  },
  {
    title: '3,000 users in process, a fifth of the places: as many times faster than jose',
    limit: { atLeast: 1 },
    measured: { Node: 1.17 },
    note: 'a token that gets no place is not stored: 3 µs less than before',
  },
  {
    title: 'heap of a token of another user, beside before',
    limit: { atMost: 0.55 },
    measured: { Node: 0.56 },
    note: '804 to 817 of 1,460 bytes; with buffers outside of the heap 836 to 852',
  },
  {
    title: 'MiB of heap of 50,000 users',
    limit: { atMost: 48 },
    measured: { Node: 38 },
    note: 'after a forced collection',
  },
  {
    title: 'MiB of resident memory of 50,000 users, more than a server without a cache',
    limit: { atMost: 80 },
    measured: { Node: 158 },
    note: 'middleware beside `hello`: the heap has grown for verifying 50,000 tokens twice, and V8 keeps it',
  },
  {
    title: 'a token seen before, beside before',
    limit: { atMost: 0.8 },
    measured: { Node: 0.81, Bun: 0.7 },
    note: '0.78 to 0.83 on Node, of which two `headers.get` take 70 ns, the clock 40, and the promise with its context 40 of 240',
  },
  {
    title: '64 tokens in turn, beside one',
    limit: { atMost: 1.3 },
    measured: { Node: 1.18 },
    note: '',
  },
  {
    title: 'a new token, beside jose',
    limit: { atMost: 1.05 },
    measured: { 'Node, RS256': 1.05, 'Node, ES256': 1.01 },
    note: '`jwtVerify` with a key that was imported before',
  },
  {
    title: 'a new token, beside fast-jwt',
    limit: { atMost: 1.05 },
    measured: { 'Node, RS256': 1.15, 'Node, ES256': 1.21 },
    note: 'fast-jwt verifies with `node:crypto` on the main thread; WebCrypto passes each signature to a pool of threads, which costs 3 to 14 µs here',
  },
  {
    title: 'DPoP, beside one `subtle.verify`',
    limit: { atMost: 1.15 },
    measured: { 'Node, replay check off': 1.22, 'Node, replay check on': 1.29 },
    note: 'a proof is a second JWT to parse',
  },
  {
    title: 'DPoP with Redis: requests per second of two processes beside one',
    limit: { atLeast: 1.6 },
    measured: { Node: 0.88 },
    note: 'all 20,000 proofs, each sent twice at the same time, were accepted once; two servers, Redis and the load generator share two cores here',
  },
  {
    title: 'the middleware over HTTP, 100,000 users, 20,000 places: as many times faster than jose',
    limit: { atLeast: 0.95 },
    measured: { Node: 0.86 },
    note: 'measured when an entry was still made for each token',
  },
]

const NOT_MEASURED = `Not measured: more than two processes, because the machine has two cores; \`protect\` on Node beside an unguarded
\`@hono/node-server\`. There undici's \`new Response\` takes 4.8 µs and \`new Request\` with its fields 3.3 µs; the context that
\`currentAuth()\` reads takes 0.14 µs (\`AsyncLocalStorage.run\`).`

export const GROWTH = `## Targets for growing users

Measured one by one on the same machine while it had other work, old and new build in turn in one process (processor time),
and not by the run that wrote the other tables. "Before" is the release candidate with 10,000 places and 16 MiB.
[Speed and memory as users grow](scale.md) has those over HTTP.

| target | result | |
| --- | --- | --- |
${MEASURED.map(rowOf).join('\n')}

${NOT_MEASURED}`

function rowOf({ title, limit, measured, note }: Growth): string {
  const results = Object.entries(measured).map(
    ([name, value]) => `${name} ${verdictOn(value, limit)}`,
  )
  return `| ${title} | ${results.join('; ')} | ${note} |`
}
