/** The targets and whether they are met: ratios of measured figures. */

import type { RuntimeResult } from './figures.ts'
import { OURS } from './subjects.ts'

export interface TargetResult {
  readonly title: string
  /** By runtime. */
  readonly cells: Readonly<Record<string, string>>
}

interface Target {
  readonly title: string
  readonly table: string
  readonly ours?: string
  readonly other: string
  /** Divides the other figure by ours instead of ours by the other. */
  readonly inverse?: true
  readonly limit: Limit | Readonly<Record<string, Limit>>
}

export const USERS = [1000, 10_000, 50_000]
/** Our cache with places for a fifth of the users. */
export const FEW_PLACES = `${OURS}, a fifth of the places`

export function usersTitle(count: number): string {
  return `Users: ${count.toLocaleString('en')} in turn, ES256`
}

export type Limit = { readonly atMost: number } | { readonly atLeast: number }

/** On Node, the bare server and the middleware use `node:http`; `protect` uses Web-standard objects. */
const MIDDLEWARE = `${OURS}, as middleware`
const EXPIRED = 'Rejected: an expired token'
const BARE = 'new Response(null, { status })'
const SAME = 'new Response(body, { status, headers })'

const TARGETS: readonly Target[] = [
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
  ...USERS.flatMap((count): Target[] => [
    {
      title: `${count.toLocaleString('en')} users in turn: as many times faster than jose`,
      table: usersTitle(count),
      other: 'jose jwtVerify',
      inverse: true,
      limit: { atLeast: 5 },
    },
    {
      title: `${count.toLocaleString('en')} users in turn, a fifth of the places: as many times faster than jose`,
      table: usersTitle(count),
      ours: FEW_PLACES,
      other: 'jose jwtVerify',
      inverse: true,
      limit: { atLeast: 1 },
    },
  ]),
  ...['RS256', 'ES256', 'EdDSA'].map(
    (algorithm): Target => ({
      title: `a new ${algorithm} token, beside jose`,
      table: `Not seen before: ${algorithm}`,
      other: 'jose jwtVerify',
      limit: { atMost: 1.1 },
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
  {
    title: 'requests under load, as middleware, beside `hello`',
    table: 'Load: requests',
    ours: MIDDLEWARE,
    other: 'hello',
    limit: { node: { atLeast: 0.9 } },
  },
  {
    title: 'requests under load, beside a `hello` that reads the header',
    table: 'Load: requests',
    other: 'hello, header read',
    limit: { bun: { atLeast: 0.95 } },
  },
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
  {
    title: '99th percentile under load, beside `hello`',
    table: 'Load: 99th percentile of latency',
    other: 'hello',
    limit: { bun: { atMost: 1.5 } },
  },
  {
    title: '99th percentile under load, as middleware, beside `hello`',
    table: 'Load: 99th percentile of latency',
    ours: MIDDLEWARE,
    other: 'hello',
    limit: { node: { atMost: 1.5 } },
  },
  ...['wall', 'CPU'].map(
    (time): Target => ({
      title: `import, ${time} time, beside that of jose and valibot`,
      table: `Import: ${time} time`,
      other: 'jose and valibot',
      limit: { atMost: 0.5 },
    }),
  ),
]

export function checkTargets(results: readonly RuntimeResult[]): TargetResult[] {
  return TARGETS.map((target) => {
    const cells = results.map((result) => [result.runtime, check(target, result)] as const)
    return { title: target.title, cells: Object.fromEntries(cells) }
  })
}

/** `''` without a target or a measurement. */
function check(target: Target, result: RuntimeResult): string {
  const { table, ours = OURS, other, inverse, limit } = target
  const bound = 'atMost' in limit || 'atLeast' in limit ? (limit as Limit) : limit[result.runtime]
  const figures = result.tables.find(({ title }) => title === table)?.figures
  const figureOf = (name: string): number | undefined =>
    figures?.find((figure) => figure.name === name)?.value
  const [mine, others] = [figureOf(ours), figureOf(other)]
  if (bound === undefined || mine === undefined || others === undefined) return ''
  return verdictOn(inverse ? others / mine : mine / others, bound)
}

/** Whether a ratio meets its limit, the ratio, and the limit. */
export function verdictOn(ratio: number, limit: Limit): string {
  const [isMet, sign] =
    'atMost' in limit
      ? [ratio <= limit.atMost, `≤ ${limit.atMost}`]
      : [ratio >= limit.atLeast, `≥ ${limit.atLeast}`]
  return `${isMet ? '✓' : '✗'} ${ratio.toFixed(2)} (${sign})`
}
