/** The arguments of `mcp-gatehouse issuer`. */

import { parseArgs } from 'node:util'
import { resourceProblem } from '../../identifiers/resource-identifier.ts'
import { isScopeToken } from '../../scope/scope.ts'
import type { TestFailure } from '../../testing/state.ts'
import { type Client, isRedirectUri, REDIRECT_RULE } from './clients.ts'

export const ISSUER_USAGE = `Usage: mcp-gatehouse issuer --resource <url> [options]

Runs an authorization server for development: login page, consent, registration, PKCE, refresh tokens
with rotation, revocation, introspection. It listens on loopback only and keeps everything in memory.
It is not for production: it has no passwords, so every program on this machine can log in as any user.

  --resource <url>                the resource identifier that tokens are for
  --port <port>                   the port (default 8788; 0 for any free one)
  --user <name:scopes>            a user, and the scopes that it may grant, separated by commas;
                                  without scopes all; repeatable (default: alice and the users of
                                  --token, all scopes)
  --token <name:scopes>           prints an access token of this user with these scopes; repeatable
  --client <id:redirect[:secret]> a registered client, confidential if it has a secret; repeatable
  --cimd                          accepts URLs of client ID metadata documents as client ids
  --dpop                          offers DPoP-bound tokens (RFC 9449)
  --fail <mode>                   fails metadata, keys and introspection: unreachable, status, html,
                                  hang or wrong_issuer
  --help                          shows this text

The first line on the standard output is "issuer <url>"; a line "token <token>" follows for each
--token. The page at that URL lists the grants and revokes them. SIGTERM and SIGINT end the program
with exit code 0. Invalid arguments, or a port that cannot be used, end it with exit code 2.
`

/** A user that can log in. */
export interface User {
  readonly name: string
  /** The scopes that the user may grant; `undefined`: all. */
  readonly scopes: readonly string[] | undefined
}

export interface IssuerOptions {
  readonly resource: string
  readonly port: number
  readonly users: readonly User[]
  /** The users and scopes of tokens that are issued at the start. */
  readonly tokens: readonly User[]
  readonly clients: readonly Client[]
  readonly acceptsDocuments: boolean
  readonly offersDpop: boolean
  readonly failure: TestFailure | undefined
}

const FAILURES: readonly string[] = ['unreachable', 'status', 'html', 'hang', 'wrong_issuer']

/** @returns The options, `'help'`, or a message about a mistake. */
export function parseIssuerArguments(
  args: readonly string[],
): IssuerOptions | 'help' | { readonly problem: string } {
  try {
    return readOptions(args)
  } catch (error) {
    return { problem: error instanceof Error ? error.message : 'Invalid arguments.' }
  }
}

/** @throws {Error} If an argument has a mistake. */
function readOptions(args: readonly string[]): IssuerOptions | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      resource: { type: 'string' },
      port: { type: 'string' },
      user: { type: 'string', multiple: true },
      token: { type: 'string', multiple: true },
      client: { type: 'string', multiple: true },
      cimd: { type: 'boolean' },
      dpop: { type: 'boolean' },
      fail: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return 'help'
  if (positionals.length > 0) throw new Error(`Unexpected argument: ${positionals[0]}`)
  const { resource, port = '8788', fail } = values
  if (resource === undefined) throw new Error('Missing --resource <url>.')
  const problem = resourceProblem(resource, true)
  if (problem !== undefined) throw new Error(`--resource ${problem}.`)
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new Error('--port must be a number between 0 and 65535.')
  }
  if (fail !== undefined && !FAILURES.includes(fail)) {
    throw new Error(`--fail must be one of ${FAILURES.join(', ')}.`)
  }
  const tokens = (values.token ?? []).map((text) => readUser(text, '--token'))
  const users = usersOf(values.user ?? new Set(['alice', ...tokens.map(({ name }) => name)]))
  return {
    resource,
    port: Number(port),
    users,
    tokens: tokens.map((token) => checkToken(token, users)),
    clients: clientsOf(values.client ?? []),
    acceptsDocuments: values.cimd ?? false,
    offersDpop: values.dpop ?? false,
    failure: fail as TestFailure | undefined,
  }
}

function usersOf(texts: Iterable<string>): User[] {
  const users = new Map<string, User>()
  for (const text of texts) {
    const user = readUser(text)
    if (users.has(user.name)) throw new Error(`--user ${user.name} is there twice.`)
    users.set(user.name, user)
  }
  return [...users.values()]
}

function readUser(text: string, option = '--user'): User {
  const [, name = '', list] = /^([^:]*)(?::(.*))?$/s.exec(text) ?? []
  if (name.trim() === '') throw new Error(`${option} must be name:scopes, not ${text}.`)
  const scopes = list?.split(/[\s,]+/).filter((each) => each !== '')
  const wrong = scopes?.find((each) => !isScopeToken(each))
  if (wrong !== undefined) throw new Error(`${option} ${name}: ${wrong} is not a scope.`)
  return { name, scopes: scopes?.length === 0 ? undefined : scopes }
}

/** A user may grant these scopes; without scopes the token has all that the user is limited to. */
function checkToken({ name, scopes }: User, users: readonly User[]): User {
  const user = users.find((each) => each.name === name)
  if (user === undefined)
    throw new Error(`--token ${name}: add --user ${name}, or use one of the users.`)
  const wrong = scopes?.find((each) => user.scopes?.includes(each) === false)
  if (wrong !== undefined) throw new Error(`--token ${name}: this user may not grant ${wrong}.`)
  return { name, scopes: scopes ?? user.scopes }
}

/** A client that is there twice has several redirect URIs. */
function clientsOf(texts: readonly string[]): Client[] {
  const clients = new Map<string, Client>()
  for (const text of texts) {
    const client = readClient(text)
    const known = clients.get(client.id)
    if (known !== undefined && known.secret !== client.secret) {
      throw new Error(`--client ${client.id} is there twice, with two secrets.`)
    }
    const redirectUris = [...new Set([...(known?.redirectUris ?? []), ...client.redirectUris])]
    clients.set(client.id, { ...client, redirectUris })
  }
  return [...clients.values()]
}

/** An id, a redirect URI with its own colons (or none, for a client that only introspects), and a secret. */
const CLIENT =
  /^([^:]+):((?:[a-z][a-z0-9+.-]*:(?:\/\/(?:\[[^\]]*\]|[^:/]*)(?::\d+)?(?:\/[^:]*)?|\/[^:/][^:]*))?)(?::(.+))?$/i

function readClient(text: string): Client {
  const [, id, redirect, secret] = CLIENT.exec(text) ?? []
  if (id === undefined || (redirect === '' && secret === undefined)) {
    throw new Error(`--client must be id:redirect or id:redirect:secret, not ${text}.`)
  }
  if (redirect && !isRedirectUri(redirect)) {
    throw new Error(`--client ${id}: ${redirect} must be ${REDIRECT_RULE}.`)
  }
  return { id, name: id, redirectUris: redirect ? [redirect] : [], secret, needsProof: false }
}
