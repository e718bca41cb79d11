/** The options of a token exchange with every default filled in, after every mistake was reported. */

import { type ClientNames, checkClient } from '../config/client-rules.ts'
import { AUTH_METHOD, COUNT, FUNCTION, TEXT, TEXTS, TIMER } from '../config/option-types.ts'
import { ownExchangeOptions } from '../config/own-options.ts'
import { collectProblems, type Report, reportEach } from '../config/report.ts'
import { serverShape } from '../config/schema.ts'
import { toServerOptions } from '../config/server-rules.ts'
import { emptyProblem } from '../config/value-rules.ts'
import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import { throwProblems } from '../contract/config-error.ts'
import { EXCHANGE_DEFAULTS, FETCH_DEFAULTS } from '../contract/defaults.ts'
import { clockOf, type Fetch, hostFetch } from '../contract/ports.ts'
import type { FetchPolicy } from '../documents/bounded-fetch.ts'
import { issuerProblem } from '../identifiers/issuer.ts'
import { templatePatterns } from '../identifiers/issuer-matcher.ts'
import { endpointProblem } from '../identifiers/url-problem.ts'
import { isSecureTransport, isWellWritten, parseUrl } from '../lib/safe-url.ts'
import { parseAuthorizationServerMetadata } from '../metadata/authorization-server.ts'
import {
  anything,
  findOptionViolations,
  numeral,
  objectOr,
  oneOf,
  strictObjectOf,
  typed,
} from '../schema/shapes.ts'
import { isScopeToken } from '../scope/scope.ts'
import type { ExchangeClient, ExchangeTarget, TokenExchangeOptions } from './options.ts'
import { STYLES, type StyleRules } from './styles.ts'

/** One authorization server and this server as its client. */
interface ServerSettings {
  readonly server: AuthorizationServerOptions
  readonly client: ExchangeClient
  readonly policy: FetchPolicy
}

export interface ExchangeSettings {
  readonly own: ServerSettings
  /** With `id-jag`. */
  readonly other: ServerSettings | undefined
  readonly target: ExchangeTarget
  /** The origins that `fetch` may send to; none: it sends nothing. */
  readonly origins: readonly string[]
  readonly style: StyleRules
  readonly actorToken: TokenExchangeOptions['actorToken']
  readonly subjectToken: TokenExchangeOptions['subjectToken']
  readonly requestedTokenType: string | undefined
  /** `undefined`: nothing is kept. */
  readonly cache: { readonly maxEntries: number; readonly marginSeconds: number } | undefined
  readonly fetch: Fetch
  readonly now: () => number
  readonly timeoutMs: number
  readonly responseTimeoutMs: number
}

/** This server as a client of an authorization server. */
const CLIENT = strictObjectOf(
  { id: TEXT },
  {
    secret: TEXT,
    privateKey: anything(),
    keyId: TEXT,
    assertion: FUNCTION,
    authMethod: AUTH_METHOD,
  },
)
/** An authorization server whose tokens are not verified here. */
const SERVER_OR_ISSUER = objectOr(
  serverShape(anything()),
  typed('string', 'an issuer or an object with issuer'),
)
const CACHE = strictObjectOf(
  {},
  {
    maxEntries: numeral((value) => value >= 1 && value < Infinity, 'a number of at least 1'),
    marginSeconds: COUNT,
  },
)
const TARGET = strictObjectOf(
  {},
  {
    resource: TEXT,
    audience: TEXT,
    scopes: TEXTS,
    origins: TEXTS,
    authorizationServer: SERVER_OR_ISSUER,
    client: CLIENT,
  },
)
const EXCHANGE = strictObjectOf(
  { authorizationServer: SERVER_OR_ISSUER, client: CLIENT, target: TARGET },
  {
    style: oneOf(Object.keys(STYLES)),
    actorToken: FUNCTION,
    subjectToken: FUNCTION,
    requestedTokenType: TEXT,
    cache: objectOr(CACHE, oneOf([false], 'false or an object')),
    fetch: FUNCTION,
    now: FUNCTION,
    timeoutMs: TIMER,
  },
)

/** @throws {ConfigError} With every mistake in the options. */
export function exchangeSettings(given: TokenExchangeOptions): ExchangeSettings {
  const options = ownExchangeOptions(given)
  // The rules need options of the right types.
  throwProblems(findOptionViolations(EXCHANGE, options))
  const problems = collectProblems((report) => checkOptions(options, report))
  throwProblems(problems)
  return withDefaults(options)
}

const CLIENT_NAMES: ClientNames = {
  id: 'id',
  secret: 'secret',
  missing: 'is missing; give a secret, a privateKey or an assertion function',
}

function checkOptions(options: TokenExchangeOptions, report: Report): void {
  const { authorizationServer, client, target, actorToken, subjectToken, requestedTokenType } =
    options
  const style = options.style ?? EXCHANGE_DEFAULTS.style
  checkServer(authorizationServer, 'authorizationServer', report)
  checkClient(client, CLIENT_NAMES, under('client', report))
  checkTarget(target, style === 'id-jag', under('target', report))
  const { takesActor, takesRequestedType } = STYLES[style]
  if (actorToken !== undefined && !takesActor) {
    report('actorToken', `has no place in requests of the style ${style}; remove it`)
  }
  if (requestedTokenType !== undefined && !takesRequestedType) {
    report('requestedTokenType', `is fixed for the style ${style}; remove it`)
  }
  report('requestedTokenType', emptyProblem(requestedTokenType))
  if (style === 'id-jag' && subjectToken === undefined) {
    report('subjectToken', 'is missing; id-jag starts from an identity assertion of the user')
  }
}

function checkServer(
  given: string | AuthorizationServerOptions,
  path: string,
  report: Report,
): void {
  const isText = typeof given === 'string'
  const server = toServerOptions(given)
  const { issuer, metadata, metadataUrl } = server
  const allowHttp = server.dangerouslyAllowHttp ?? false
  report(isText ? path : `${path}.issuer`, issuerProblem(issuer, allowHttp))
  report(`${path}.metadataUrl`, endpointProblem(metadataUrl, allowHttp))
  if (metadata === undefined) return
  if (metadataUrl !== undefined) {
    report(`${path}.metadataUrl`, 'cannot be combined with metadata; remove one of them')
  }
  const parsed = parseAuthorizationServerMetadata(metadata, allowHttp)
  if (!parsed.ok) {
    report(`${path}.metadata.${parsed.error.member}`, parsed.error.message)
    return
  }
  if (![issuer, ...templatePatterns(server.issuerTemplate)].includes(parsed.value.issuer)) {
    const message = 'must equal the issuer option, character by character (RFC 8414 §3.3)'
    report(`${path}.metadata.issuer`, message)
  }
  const endpoint = parsed.value['token_endpoint'] as string | undefined
  const missing =
    endpoint === undefined ? 'is missing, so no token can be exchanged; add it' : undefined
  report(`${path}.metadata.token_endpoint`, missing ?? endpointProblem(endpoint, allowHttp))
}

function checkTarget(target: ExchangeTarget, hasOther: boolean, report: Report): void {
  const { resource, audience, scopes, origins, authorizationServer, client } = target
  if (resource !== undefined) report('resource', targetResourceProblem(resource))
  report('audience', emptyProblem(audience))
  reportEach('scopes', scopes, targetScopeProblem, report)
  reportEach('origins', origins, targetOriginProblem, report)
  if (authorizationServer !== undefined) {
    checkServer(authorizationServer, 'authorizationServer', report)
  }
  if (client !== undefined) checkClient(client, CLIENT_NAMES, under('client', report))
  if (!hasOther) {
    const message = 'is used by the style id-jag only; remove it'
    if (authorizationServer !== undefined) report('authorizationServer', message)
    if (client !== undefined) report('client', message)
    if ((resource ?? audience ?? (scopes?.length ? scopes : undefined)) === undefined) {
      report('resource', 'is missing; name the API by its resource, its audience or its scopes')
    }
    return
  }
  if (authorizationServer === undefined) {
    report('authorizationServer', 'is missing; name the authorization server of the API')
  }
  if (client === undefined) {
    report('client', 'is missing; this server is a client of the second authorization server, too')
  }
}

/** Of every scope, `offline_access` included: here this server is the client. */
function targetScopeProblem(scope: string): string | undefined {
  return isScopeToken(scope) ? undefined : 'is not a scope (RFC 6749 §3.3)'
}

/** RFC 8707 §2. */
function targetResourceProblem(resource: string): string | undefined {
  return parseUrl(resource) === undefined || !isAbsolute(resource) || resource.includes('#')
    ? 'must be an absolute URI without a fragment (RFC 8707 §2)'
    : undefined
}

/** A URL in the syntax of RFC 3986, or a URN. */
function isAbsolute(text: string): boolean {
  return isWellWritten(text) || /^urn:[!-~]+$/i.test(text)
}

function targetOriginProblem(origin: string): string | undefined {
  const url = parseUrl(origin)
  return url !== undefined && url.origin === origin && isSecureTransport(url, false)
    ? undefined
    : 'must be an origin such as https://api.example, without a path; plain http is for loopback only'
}

function under(path: string, report: Report): Report {
  return (member, message) => report(`${path}.${member}`, message)
}

function withDefaults(options: TokenExchangeOptions): ExchangeSettings {
  const { target, timeoutMs, cache, actorToken, subjectToken, requestedTokenType } = options
  const fetch = options.fetch ?? hostFetch
  const serverOf = (
    given: string | AuthorizationServerOptions,
    client: ExchangeClient,
  ): ServerSettings => {
    const server = toServerOptions(given)
    const policy = {
      fetch: server.fetch ?? fetch,
      timeoutMs: timeoutMs ?? server.timeoutMs ?? FETCH_DEFAULTS.timeoutMs,
      maxBytes: server.maxBytes ?? FETCH_DEFAULTS.maxBytes,
      allowHttp: server.dangerouslyAllowHttp ?? false,
    }
    return { server, client, policy }
  }
  const own = serverOf(options.authorizationServer, options.client)
  return {
    own,
    other:
      target.authorizationServer === undefined || target.client === undefined
        ? undefined
        : serverOf(target.authorizationServer, target.client),
    target,
    origins: target.origins ?? originsOf(target.resource),
    style: STYLES[options.style ?? EXCHANGE_DEFAULTS.style],
    actorToken,
    subjectToken,
    requestedTokenType,
    cache:
      cache === false
        ? undefined
        : {
            maxEntries: cache?.maxEntries ?? EXCHANGE_DEFAULTS.maxEntries,
            marginSeconds: cache?.marginSeconds ?? EXCHANGE_DEFAULTS.marginSeconds,
          },
    fetch,
    now: clockOf(options.now),
    timeoutMs: own.policy.timeoutMs,
    responseTimeoutMs: timeoutMs ?? EXCHANGE_DEFAULTS.responseTimeoutMs,
  }
}

function originsOf(resource: string | undefined): readonly string[] {
  const url = resource === undefined ? undefined : parseUrl(resource)
  return url !== undefined && isSecureTransport(url, false) ? [url.origin] : []
}
