/**
 * Presets for Google, GitHub and GitLab, whose tokens only they can read. Each question is put to
 * the provider's own endpoint with the token outside the URL, and ends in claims, in `null` for a
 * token that is not valid, or in an `UpstreamError` where the provider said neither.
 */

import { UpstreamError } from '../contract/errors.ts'
import type {
  AuthorizationServerOptions,
  CustomTokenOptions,
  TokenContext,
} from '../contract/options.ts'
import { isObject, type JsonObject, parseDocument } from '../lib/json.ts'
import { CLIENTS, FLAG, membersOf, QUESTION } from './validate.ts'
import { type QuestionOptions, type SelfHostedOption, transportOf, urlOf } from './shared.ts'

/** Options of {@link google}. */
export interface GoogleOptions extends QuestionOptions {
  /** Your OAuth clients at Google; users log in to them. */
  clientIds: readonly string[]
}

/**
 * Google accounts. Access tokens are opaque, so Google's tokeninfo is asked about each;
 * `cacheSeconds` spares it and lets a revoked token live that much longer. There is no client
 * registration: MCP clients use your client ID.
 *
 * Relaxes: the audience is one of your clients, not the resource. What the token was given for
 * (mail, files) is the user's trust in that client, so keep one client per resource.
 *
 * @param options Your clients.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or not what it must be.
 * @see {@link https://developers.google.com/identity/protocols/oauth2 Google: OAuth 2.0}
 */
export function google(options: GoogleOptions): AuthorizationServerOptions {
  const members = { clientIds: CLIENTS, ...QUESTION }
  const { clientIds, ...question } = membersOf('google', options, members)
  return {
    issuer: 'https://accounts.google.com',
    audience: clientIds,
    accessToken: { kind: 'custom', verify: verifyGoogleToken, ...question },
  }
}

/** Options of {@link github}. */
export interface GithubOptions extends QuestionOptions {
  /** Your OAuth app or GitHub App; users log in to it. */
  clientId: string
  /** Its secret: GitHub tells an application about its own tokens only. */
  clientSecret: string
}

/**
 * GitHub. User tokens are opaque, so GitHub is asked whether each is one of your application's.
 * Personal access tokens and tokens of other applications are therefore refused; `GET /user`, the
 * usual way, takes them all. Tokens of GitHub Apps have no scopes. There is no client registration.
 *
 * Relaxes: the audience is your application, not the resource, so keep one per resource. OAuth app
 * tokens never end; they are given an hour, counted anew whenever GitHub is asked.
 *
 * @param options Your application.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or not what it must be.
 * @see {@link https://docs.github.com/en/rest/apps/oauth-applications#check-a-token GitHub: check a token}
 */
export function github(options: GithubOptions): AuthorizationServerOptions {
  const members = { clientId: { is: 'text' }, clientSecret: { is: 'secret' }, ...QUESTION } as const
  const checked = membersOf('github', options, members)
  const { clientId, clientSecret, accepts = isGithubUserToken, cacheSeconds } = checked
  return {
    issuer: 'https://github.com/login/oauth',
    type: 'oauth',
    audience: clientId,
    accessToken: {
      kind: 'custom',
      verify: createGithubQuestion(clientId, clientSecret),
      accepts,
      cacheSeconds,
    },
  }
}

/** `gho_` of OAuth apps, `ghu_` of GitHub Apps; everything else is no login. */
function isGithubUserToken(token: string): boolean {
  return token.startsWith('gho_') || token.startsWith('ghu_')
}

/** Options of {@link gitlab}. */
export interface GitlabOptions extends QuestionOptions, SelfHostedOption {
  /** The instance, if it is your own. @default 'https://gitlab.com' */
  url?: string | undefined
  /** The applications whose tokens are taken. */
  clientIds: readonly string[]
}

/**
 * GitLab. Access tokens are opaque, so GitLab is asked about each.
 *
 * Relaxes: the audience is the application, not the resource. Clients may register themselves at
 * GitLab, but only those listed here get in.
 *
 * @param options The instance and its applications.
 * @returns Options for `authorizationServers`.
 * @throws {ConfigError} If a member is missing, unknown or not what it must be.
 * @see {@link https://docs.gitlab.com/api/oauth2/ GitLab: OAuth 2.0 API}
 */
export function gitlab(options: GitlabOptions): AuthorizationServerOptions {
  const {
    url = 'https://gitlab.com',
    clientIds,
    dangerouslyAllowHttp,
    ...question
  } = membersOf('gitlab', options, {
    url: { is: 'url', adds: '/oauth', example: 'https://gitlab.example', isOptional: true },
    clientIds: CLIENTS,
    dangerouslyAllowHttp: FLAG,
    ...QUESTION,
  })
  const issuer = urlOf(url)
  return {
    ...transportOf({ dangerouslyAllowHttp }),
    issuer,
    audience: clientIds,
    accessToken: { kind: 'custom', verify: createGitlabQuestion(issuer), ...question },
  }
}

type Verify = CustomTokenOptions['verify']

/** For tokens whose issuer names no end: streams are cut then, and the next request asks again. */
const UNKNOWN_LIFETIME_SECONDS = 3600

const GOOGLE = 'https://oauth2.googleapis.com/tokeninfo'

/** Google's tokeninfo, asked as its own client libraries do: a POST with the token in a header. */
async function verifyGoogleToken(token: string, context: TokenContext): Promise<JsonObject | null> {
  const info = await ask(context, GOOGLE, [400, 401], {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/x-www-form-urlencoded',
    },
  })
  if (info === null) return null
  // Numbers come as strings.
  return { ...info, iss: context.issuer, client_id: info['azp'], exp: Number(info['exp']) }
}

/** GitHub's "check a token", which knows only tokens of the application that asks. */
function createGithubQuestion(clientId: string, clientSecret: string): Verify {
  const url = `https://api.github.com/applications/${encodeURIComponent(clientId)}/token`
  return async (token, context) => {
    // 404: no such token, or one of another application; 422: nothing that could be a token.
    const grant = await ask(context, url, [404, 422], {
      method: 'POST',
      headers: {
        Accept: 'application/vnd.github+json',
        Authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}`,
        'Content-Type': 'application/json',
        // GitHub refuses requests that name no agent, and workerd sends none.
        'User-Agent': 'mcp-gatehouse',
      },
      body: JSON.stringify({ access_token: token }),
    })
    if (grant === null) return null
    const application = memberOf(grant, 'app')['client_id']
    const user = memberOf(grant, 'user')
    const end = grant['expires_at']
    return {
      iss: context.issuer,
      aud: application,
      client_id: application,
      sub: textOf(user['id']),
      login: user['login'],
      scope: grant['scopes'],
      exp: typeof end === 'string' ? Date.parse(end) / 1000 : endFromNow(context, undefined),
    }
  }
}

/** GitLab's token info, which every token may ask about itself. */
function createGitlabQuestion(origin: string): Verify {
  return async (token, context) => {
    const headers = { Authorization: `Bearer ${token}` }
    const info = await ask(context, `${origin}/oauth/token/info`, [401], { headers })
    if (info === null) return null
    const application = memberOf(info, 'application')['uid']
    return {
      iss: context.issuer,
      aud: application,
      client_id: application,
      sub: textOf(info['resource_owner_id']),
      scope: info['scope'],
      iat: info['created_at'],
      exp: endFromNow(context, info['expires_in']),
    }
  }
}

/** `null` for the statuses that speak of the token; every other failure speaks of the provider. */
async function ask(
  { fetch }: TokenContext,
  url: string,
  refusals: readonly number[],
  init: RequestInit & { headers: Record<string, string> },
): Promise<JsonObject | null> {
  const headers = { Accept: 'application/json', ...init.headers }
  const response = await fetch(url, { ...init, headers, redirect: 'manual' })
  const { status } = response
  if (status !== 200) {
    response.body?.cancel().catch(() => {})
    if (refusals.includes(status)) return null
    const message = `${url} answered with status ${status}`
    throw new UpstreamError('status', url, { message, status })
  }
  const answer = parseDocument(new Uint8Array(await response.arrayBuffer()))
  if (answer !== undefined) return answer
  const message = `${url} did not answer with a JSON object`
  throw new UpstreamError('not_json', url, { message, status })
}

function endFromNow({ now }: TokenContext, seconds: unknown): number {
  return now() + (typeof seconds === 'number' ? seconds : UNKNOWN_LIFETIME_SECONDS)
}

function memberOf(document: JsonObject, name: string): JsonObject {
  const member = document[name]
  return isObject(member) ? member : {}
}

/** Accounts are numbered there; a subject is text. */
function textOf(id: unknown): string | undefined {
  return typeof id === 'number' || typeof id === 'string' ? String(id) : undefined
}
