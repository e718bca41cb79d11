/** The endpoints of the development issuer, from `Request` to `Response`. */

import { PROOF_ALGORITHMS } from '../../crypto/algorithms.ts'
import { createTestIssuer, type TestIssuer } from '../../testing/index.ts'
import { Authorizations, type Step } from './authorize.ts'
import { authenticateClient } from './client-authentication.ts'
import { Clients, METHODS } from './clients.ts'
import { TokenProofs } from './dpop.ts'
import { Grants } from './grants.ts'
import { isLoopbackHost } from './loopback.ts'
import { oauthError } from './oauth-error.ts'
import type { IssuerOptions } from './options.ts'
import { errorPage, grantsPage, type Page } from './pages.ts'
import { redeem } from './token.ts'

type Endpoint = (request: Request) => Promise<Response> | Response

const FOREIGN = oauthError('invalid_grant', 'The token was issued to another client.')
const NO_SECRET = 'Introspection needs a client with a secret.'
const NO_STORE = { 'Cache-Control': 'no-store' }
/** The documents and endpoints that a client in a browser calls. */
const CORS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': 'Authorization, Content-Type, DPoP, MCP-Protocol-Version',
  'Access-Control-Allow-Methods': 'GET, POST',
}
const PAGE = {
  ...NO_STORE,
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
}

/** The issuer. */
export interface Endpoints {
  /** Throws where `--fail unreachable` fails a document. */
  respond(request: Request): Promise<Response>
  /** The tokens of `--token`, in their order. The page of grants lists them. */
  createTokens(): Promise<string[]>
}

/** The client of the tokens of `--token`. */
const CLIENT = { clientId: 'command-line', clientName: '--token' }

/** Creates the issuer. */
export function createEndpoints(issuer: string, options: IssuerOptions): Endpoints {
  const test = createTestIssuer({
    issuer,
    resource: options.resource,
    metadata: metadataOf(issuer, options),
  })
  if (options.failure !== undefined) test.fail(options.failure)
  const clients = new Clients(options.clients, options)
  const grants = new Grants(test)
  const { resource, users, offersDpop } = options
  const parts = { issuer, resource, users, offersDpop, clients, grants }
  const pages = pageEndpoints(new Authorizations(parts), parts)
  const apis = apiEndpoints(
    test,
    parts,
    offersDpop ? new TokenProofs(`${issuer}/token`) : undefined,
  )
  const respond = async (request: Request): Promise<Response> => {
    if (!isLoopbackHost(request.headers.get('Host'))) return new Response(null, { status: 421 })
    const { pathname } = new URL(request.url)
    // RFC 9110 §9.3.2: HEAD is GET without the content, which the server leaves out.
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const key = `${method} ${pathname}`
    const page = pages[key]
    if (page !== undefined) return isForeignPost(request, issuer) ? forbidden() : page(request)
    const allowed = methodsOf(pages, pathname)
    if (allowed.length > 0) return notAllowed(allowed)
    const ofApi = methodsOf(apis, pathname)
    const endpoint = apis[key] ?? (() => other(test, request, method, ofApi))
    return withCors(await endpoint(request))
  }
  const createTokens = () =>
    Promise.all(
      options.tokens.map(({ name, scopes = [] }) =>
        grants.issue({ ...CLIENT, user: name, scopes, resource: options.resource }),
      ),
    )
  return { respond, createTokens }
}

type Parts = ConstructorParameters<typeof Authorizations>[0]

function pageEndpoints(
  authorizations: Authorizations,
  { issuer, resource, grants }: Parts,
): Readonly<Record<string, Endpoint>> {
  return {
    'GET /': () => show(grantsPage(issuer, resource, grants.all)),
    'GET /authorize': async ({ url }) =>
      show(await authorizations.start(withValues(new URL(url).searchParams))),
    'POST /authorize': async (request) => show(await authorizations.start(await formOf(request))),
    'POST /login': async (request) => show(authorizations.login(await formOf(request))),
    'POST /consent': async (request) => show(authorizations.consent(await formOf(request))),
    'POST /revoke-grant': async (request) => {
      const id = (await formOf(request)).get('grant')
      const grant = grants.all.find((each) => each.id === id)
      if (grant === undefined) return show(errorPage('There is no such grant.', 404))
      grants.revoke(grant)
      return new Response(null, { status: 303, headers: { Location: `${issuer}/`, ...NO_STORE } })
    },
  }
}

function apiEndpoints(
  test: TestIssuer,
  { clients, grants, resource }: Parts,
  proofs: TokenProofs | undefined,
): Readonly<Record<string, Endpoint>> {
  return {
    'POST /register': async (request) => {
      const body: unknown = await request.json().catch(() => undefined)
      const registered = clients.register(body)
      return json(registered, 'error' in registered ? 400 : 201)
    },
    'POST /token': async (request) => {
      const form = await formOf(request)
      const client = await authenticateClient(request, form, clients)
      if ('problem' in client) return invalidClient(client.problem)
      const thumbprint = await proofs?.thumbprintOf(request)
      const { status, body } = await redeem({ client, form, thumbprint, resource }, grants)
      return json(body, status)
    },
    // RFC 7009 §2.2: 200 for an unknown token, too; §2.1, §2.2.1: an error for one of another client, and without one.
    'POST /revoke': async (request) => {
      const form = await formOf(request)
      const client = await authenticateClient(request, form, clients)
      if ('problem' in client) return invalidClient(client.problem)
      const token = form.get('token')
      if (token === null) return json(oauthError('invalid_request', 'token is missing.'), 400)
      const found = grants.find(token)
      if (found !== undefined && found.grant.clientId !== client.id) return json(FOREIGN, 400)
      if (found?.isAccessToken) grants.revokeAccessToken(token)
      else if (found !== undefined) grants.revoke(found.grant)
      return new Response(null, { status: 200, headers: NO_STORE })
    },
    'POST /introspect': async (request) => {
      const form = await formOf(request)
      const client = await authenticateClient(request, form, clients)
      if ('problem' in client) return invalidClient(client.problem)
      // RFC 7662 §2.1: without a secret, every program on the machine could try tokens.
      if (client.secret === undefined) return invalidClient(NO_SECRET)
      return test.fetch(request.url, { method: 'POST', headers: request.headers, body: `${form}` })
    },
  }
}

/** Metadata and keys, with the failures of the test issuer; 404 and 405 for the rest. */
async function other(
  test: TestIssuer,
  { url, signal }: Request,
  method: string,
  ofApi: readonly string[],
): Promise<Response> {
  if (method === 'OPTIONS') return new Response(null, { status: 204 })
  return ofApi.length > 0 ? notAllowed([...ofApi, 'OPTIONS']) : test.fetch(url, { method, signal })
}

function methodsOf(endpoints: Readonly<Record<string, Endpoint>>, pathname: string): string[] {
  return Object.keys(endpoints)
    .map((key) => key.split(' '))
    .flatMap(([method = '', path]) => (path === pathname ? [method] : []))
}

function notAllowed(methods: readonly string[]): Response {
  return new Response(null, { status: 405, headers: { Allow: methods.join(', ') } })
}

function metadataOf(
  issuer: string,
  { users, acceptsDocuments, offersDpop }: IssuerOptions,
): Readonly<Record<string, unknown>> {
  const scopes = [...new Set(users.flatMap((user) => user.scopes ?? []))]
  const confidential = METHODS.filter((each) => each !== 'none')
  return {
    registration_endpoint: `${issuer}/register`,
    revocation_endpoint: `${issuer}/revoke`,
    scopes_supported: scopes.length === 0 ? undefined : scopes,
    token_endpoint_auth_methods_supported: METHODS,
    revocation_endpoint_auth_methods_supported: METHODS,
    introspection_endpoint_auth_methods_supported: confidential,
    introspection_endpoint_auth_signing_alg_values_supported: undefined,
    client_id_metadata_document_supported: acceptsDocuments ? true : undefined,
    dpop_signing_alg_values_supported: offersDpop ? PROOF_ALGORITHMS : undefined,
    // RFC 8414 §2: without it, clients may request `fragment`.
    response_modes_supported: ['query'],
    service_documentation: `${issuer}/`,
  }
}

function show(step: Step): Response {
  if ('redirect' in step) {
    return new Response(null, { status: 302, headers: { Location: step.redirect, ...NO_STORE } })
  }
  const { html, status }: Page = step
  return new Response(html, { status, headers: PAGE })
}

async function formOf(request: Request): Promise<URLSearchParams> {
  return withValues(new URLSearchParams(await request.text()))
}

/** RFC 6749 §3.1 and §3.2: a parameter without a value counts as omitted. */
function withValues(parameters: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...parameters].filter(([, value]) => value !== ''))
}

/** A form of another site: browsers send `Origin` with every POST. */
function isForeignPost({ method, headers }: Request, issuer: string): boolean {
  const origin = headers.get('Origin')
  return method === 'POST' && origin !== null && origin !== 'null'
    ? origin !== issuer && !isLoopbackAlias(origin, issuer)
    : headers.get('Sec-Fetch-Site') === 'cross-site' && method === 'POST'
}

/** `localhost` and `127.0.0.1` with the same port are this server. */
function isLoopbackAlias(origin: string, issuer: string): boolean {
  return origin.replace('//localhost:', '//127.0.0.1:') === issuer
}

function forbidden(): Response {
  return show(errorPage('This form belongs to another site.', 403))
}

/** RFC 9110 §15.5.2: every 401 has a challenge. */
function invalidClient(description: string): Response {
  const response = json(oauthError('invalid_client', description), 401)
  response.headers.set('WWW-Authenticate', 'Basic realm="mcp-gatehouse issuer"')
  return response
}

function json(body: object, status: number): Response {
  return Response.json(body, { status, headers: NO_STORE })
}

function withCors(response: Response): Response {
  const headers = new Headers(response.headers)
  for (const [name, value] of Object.entries(CORS)) headers.set(name, value)
  return new Response(response.body, { status: response.status, headers })
}
