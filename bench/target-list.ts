/** The targets: each is a ratio of two figures of the tables. */

import { ONE_OF_THEM, OURS } from './subjects.ts'
import { FEW_PLACES, USERS, usersTitle } from './users.ts'

export type Limit = { readonly atMost: number } | { readonly atLeast: number }

export interface Target {
  readonly title: string
  readonly table: string
  readonly ours?: string
  /** Of several, the smallest figure counts. */
  readonly other: string | readonly string[]
  /** Divides the other figure by ours instead of ours by the other. */
  readonly inverse?: true
  /** One for all runtimes, or one for each that has the target. */
  readonly limit: Limit | Readonly<Record<string, Limit>>
}

/** On Node, the bare server and the middleware use `node:http`; `protect` uses Web-standard objects. */
const MIDDLEWARE = `${OURS}, as middleware`
/** The same handler as that of `protect`, which makes the `Response` of the platform. */
export const UNGUARDED = '@hono/node-server, unguarded'
const EXPIRED = 'Rejected: an expired token'
const BARE = 'new Response(null, { status })'
const SAME = 'new Response(body, { status, headers })'
/** The cases of up to this number of users fit into the default cache. */
const MOST_WITH_PLACES = 50_000

export const TARGETS: readonly Target[] = [
  {
    title: 'a token seen before, beside `headers.get`',
    table: 'Seen before: 1 token in turn',
    other: 'headers.get',
    limit: {
      node: { atMost: 4 },
      bun: { atMost: 2.2 },
      deno: { atMost: 2.2 },
      workerd: { atMost: 2.2 },
    },
  },
  {
    title: "as many times faster than fast-jwt's cache",
    table: 'Seen before: 1 token in turn',
    other: 'fast-jwt (cache)',
    inverse: true,
    limit: { node: { atLeast: 8 } },
  },
  {
    title: "as many times faster than the MCP SDK's gate with a verifier that does nothing",
    table: 'Seen before: 1 token in turn',
    other: 'MCP SDK, static verifier',
    inverse: true,
    limit: { atLeast: 1 },
  },
  {
    title: 'a token seen before, beside the release candidate',
    table: 'Seen before: 1 token in turn, beside the release candidate',
    other: 'before',
    limit: { node: { atMost: 0.8 }, bun: { atMost: 0.8 }, deno: { atMost: 1 } },
  },
  {
    title: '64 tokens seen before in turn, beside one',
    table: 'Seen before: 64 tokens in turn',
    other: ONE_OF_THEM,
    limit: { atMost: 1.3 },
  },
  {
    title: "10,000 tokens seen before in turn, beside fast-jwt's cache",
    table: 'Seen before: 10000 tokens in turn',
    other: 'fast-jwt (cache)',
    limit: { atMost: 0.8 },
  },
  ...USERS.filter((count) => count <= MOST_WITH_PLACES).map(
    (count): Target => ({
      title: `${count.toLocaleString('en')} users in turn: as many times faster than jose`,
      table: usersTitle(count),
      other: 'jose jwtVerify',
      inverse: true,
      limit: { atLeast: 5 },
    }),
  ),
  ...USERS.map(
    (count): Target => ({
      title: `${count.toLocaleString('en')} users in turn, a fifth of the places: as many times faster than jose`,
      table: usersTitle(count),
      ours: FEW_PLACES,
      other: 'jose jwtVerify',
      inverse: true,
      limit: { atLeast: 1 },
    }),
  ),
  ...['RS256', 'ES256', 'EdDSA'].map(
    (algorithm): Target => ({
      title: `a new ${algorithm} token, beside the quickest of jose, oauth4webapi and fast-jwt`,
      table: `Not seen before: ${algorithm}`,
      other: ['jose jwtVerify', 'oauth4webapi', 'fast-jwt'],
      limit: { atMost: 1.05 },
    }),
  ),
  ...[
    { what: 'no credentials', atMost: 2 },
    { what: 'garbage', atMost: 2 },
    { what: 'an expired token', atMost: 10 },
    { what: 'a token with another audience', atMost: 10 },
  ].map(
    ({ what, atMost }): Target => ({
      title: `${what}, beside \`${BARE}\``,
      table: `Rejected: ${what}`,
      other: BARE,
      limit: { atMost },
    }),
  ),
  {
    title: `no credentials, beside \`${SAME}\``,
    table: 'Rejected: no credentials',
    other: SAME,
    limit: { atMost: 1.2 },
  },
  {
    title: 'an expired token: as many times cheaper than the MCP SDK with jose',
    table: EXPIRED,
    other: 'MCP SDK with jose',
    inverse: true,
    limit: { atLeast: 20 },
  },
  ...[
    '10,000 within a second',
    '10,000 within ten minutes',
    '10,000 within ten minutes, the issuer unreachable',
  ].map(
    (when): Target => ({
      title: `unknown keys, ${when}: fetches beside those allowed`,
      table: `Unknown keys: ${when}`,
      ours: 'fetches made',
      other: 'fetches allowed',
      limit: { atMost: 1 },
    }),
  ),
  ...['off', 'on'].map(
    (state): Target => ({
      title: `DPoP, replay check ${state}, beside \`subtle.verify\``,
      table: 'DPoP: a token seen before with a fresh proof',
      ours: `${OURS}, replay check ${state}`,
      other: 'subtle.verify',
      limit: { atMost: 1.15 },
    }),
  ),
  {
    title: 'metadata, beside `new Response`',
    table: 'Metadata served',
    other: 'new Response(body, { headers })',
    limit: { atMost: 1.3 },
  },
  ...[
    { runtime: 'node', ours: MIDDLEWARE, other: 'hello', limit: { atLeast: 0.85 } },
    { runtime: 'node', ours: OURS, other: UNGUARDED, limit: { atLeast: 0.9 } },
    {
      runtime: 'node',
      ours: `${OURS}, with operations`,
      other: `${UNGUARDED}, body parsed`,
      limit: { atLeast: 0.9 },
    },
    { runtime: 'bun', ours: OURS, other: 'hello, header read', limit: { atLeast: 0.85 } },
  ].map(
    ({ runtime, ours, other, limit }): Target => ({
      title: `requests per second of processor time: ${ours}, beside ${other}`,
      table: 'Load: CPU time of the server per request',
      ours,
      other,
      inverse: true,
      limit: { [runtime]: limit },
    }),
  ),
  ...['MCP SDK with jose', 'MCP SDK with jose, ES256'].flatMap((other): Target[] => [
    {
      title: `requests under load, beside the ${other}`,
      table: 'Load: requests',
      other,
      limit: { bun: { atLeast: 5 } },
    },
    {
      title: `requests under load, as middleware, beside the ${other}`,
      table: 'Load: requests',
      ours: MIDDLEWARE,
      other,
      limit: { node: { atLeast: 5 } },
    },
  ]),
  ...[
    { runtime: 'bun', ours: OURS, other: 'hello' },
    { runtime: 'node', ours: MIDDLEWARE, other: 'hello' },
    { runtime: 'node', ours: OURS, other: UNGUARDED },
  ].map(
    ({ runtime, ours, other }): Target => ({
      title: `99th percentile under load: ${ours}, beside ${other}`,
      table: 'Load: 99th percentile of latency',
      ours,
      other,
      limit: { [runtime]: { atMost: 1.3 } },
    }),
  ),
  ...['heap', 'heap and buffers'].map(
    (what): Target => ({
      title: `${what} of a token of another user, beside the release candidate`,
      table: `Memory: ${what} of a token of another user`,
      other: 'before',
      limit: { atMost: 0.55 },
    }),
  ),
  ...['wall', 'CPU'].map(
    (time): Target => ({
      title: `import, ${time} time, beside that of jose and valibot`,
      table: `Import: ${time} time`,
      other: 'jose and valibot',
      limit: { atMost: 0.5 },
    }),
  ),
]
