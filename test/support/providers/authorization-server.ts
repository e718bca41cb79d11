/**
 * A small authorization server in memory: the code flow with PKCE, refresh, registration. What a provider
 * does differently, and what it refuses, are its manners; they are from the provider's own pages.
 */

import { createHash, randomUUID } from 'node:crypto'

/** An error as RFC 6749 §4.1.2.1 and §5.2 write it. */
export interface Refusal {
  readonly error: string
  readonly description: string
  readonly status?: number
}

export interface RegisteredClient {
  readonly redirectUris: readonly string[]
  /** A confidential client. */
  readonly secret?: string
}

/** What a user has granted. */
export interface Grant {
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly resource: string | undefined
}

export interface Manners {
  /** JSON documents by their whole URL. Everything else at the provider is a 404. */
  readonly documents: Readonly<Record<string, unknown>>
  readonly endpoints: {
    readonly authorize: string
    readonly token: string
    readonly register?: string
  }
  readonly clients?: Readonly<Record<string, RegisteredClient>>
  /** Refuses an authorization request. */
  readonly authorize?: (params: URLSearchParams) => Refusal | undefined
  /** Refuses a token request. */
  readonly token?: (form: URLSearchParams, grant: Grant) => Refusal | undefined
  /** Refuses a registration. */
  readonly register?: (metadata: Readonly<Record<string, unknown>>) => Refusal | undefined
  /** The scopes that are granted of those that were requested. */
  readonly scopes?: (requested: readonly string[]) => readonly string[]
  readonly accessToken: (grant: Grant) => string | Promise<string>
  readonly issuesRefreshToken: (grant: Grant, params: URLSearchParams) => boolean
  readonly rotatesRefreshTokens: boolean
  /** Further endpoints. */
  readonly other?: (request: Request) => Response | Promise<Response> | undefined
}

export interface FakeProvider {
  /** What its endpoints received, in order. */
  readonly authorizations: URLSearchParams[]
  readonly tokenRequests: URLSearchParams[]
  readonly registrations: Readonly<Record<string, unknown>>[]
  respond(request: Request): Promise<Response>
}

const HOUR = 3600

/** Starts a provider. Users are logged in and consent to everything that is not refused. */
export function createFakeProvider(manners: Manners): FakeProvider {
  const { endpoints, documents } = manners
  const clients = new Map(Object.entries(manners.clients ?? {}))
  const codes = new Map<string, { grant: Grant; params: URLSearchParams }>()
  const refreshTokens = new Map<string, { grant: Grant; params: URLSearchParams }>()
  const authorizations: URLSearchParams[] = []
  const tokenRequests: URLSearchParams[] = []
  const registrations: Readonly<Record<string, unknown>>[] = []

  function authorize(url: URL): Response {
    const params = url.searchParams
    authorizations.push(params)
    const redirectUri = params.get('redirect_uri') ?? ''
    const client = clients.get(params.get('client_id') ?? '')
    // RFC 6749 §4.1.2.1: without a known client and redirect URI the user sees a page.
    if (client?.redirectUris.includes(redirectUri) !== true) {
      return new Response('The client or its redirect URI is not registered.', { status: 400 })
    }
    const back = new URL(redirectUri)
    const state = params.get('state')
    if (state !== null) back.searchParams.set('state', state)
    const refusal = checkRequest(params) ?? manners.authorize?.(params)
    if (refusal !== undefined) {
      back.searchParams.set('error', refusal.error)
      back.searchParams.set('error_description', refusal.description)
      return Response.redirect(back, 302)
    }
    const requested = (params.get('scope') ?? '').split(' ').filter((scope) => scope !== '')
    const code = randomUUID()
    const grant = {
      clientId: params.get('client_id') ?? '',
      scopes: manners.scopes?.(requested) ?? requested,
      resource: params.get('resource') ?? undefined,
    }
    codes.set(code, { grant, params })
    back.searchParams.set('code', code)
    return Response.redirect(back, 302)
  }

  async function token(request: Request): Promise<Response> {
    const form = new URLSearchParams(await request.text())
    tokenRequests.push(form)
    const kept = form.get('grant_type') === 'refresh_token' ? refreshTokens : codes
    const name = kept === codes ? 'code' : 'refresh_token'
    const value = form.get(name) ?? ''
    const found = kept.get(value)
    if (found === undefined)
      return refuse({ error: 'invalid_grant', description: `unknown ${name}` })
    const { grant, params } = found
    const secret = clients.get(grant.clientId)?.secret
    if (secret !== undefined && presentedSecret(request, form) !== secret) {
      return refuse({ error: 'invalid_client', description: 'wrong client secret', status: 401 })
    }
    if (kept === codes) {
      codes.delete(value)
      const challenge = createHash('sha256').update(form.get('code_verifier') ?? '')
      if (challenge.digest('base64url') !== params.get('code_challenge')) {
        return refuse({ error: 'invalid_grant', description: 'wrong code_verifier' })
      }
    }
    const refusal = manners.token?.(form, grant)
    if (refusal !== undefined) return refuse(refusal)
    return Response.json({
      access_token: await manners.accessToken(grant),
      token_type: 'Bearer',
      expires_in: HOUR,
      scope: grant.scopes.join(' '),
      ...renew(found, kept === refreshTokens ? value : undefined),
    })
  }

  function renew(
    found: { grant: Grant; params: URLSearchParams },
    used: string | undefined,
  ): { refresh_token?: string } {
    if (used !== undefined && !manners.rotatesRefreshTokens) return {}
    if (used === undefined && !manners.issuesRefreshToken(found.grant, found.params)) return {}
    if (used !== undefined) refreshTokens.delete(used)
    const next = randomUUID()
    refreshTokens.set(next, found)
    return { refresh_token: next }
  }

  async function register(request: Request): Promise<Response> {
    const metadata = (await request.json()) as { redirect_uris?: string[] }
    registrations.push(metadata as Record<string, unknown>)
    const refusal = manners.register?.(metadata as Record<string, unknown>)
    if (refusal !== undefined) return refuse(refusal)
    const id = randomUUID()
    clients.set(id, { redirectUris: metadata.redirect_uris ?? [] })
    return Response.json({ ...metadata, client_id: id }, { status: 201 })
  }

  return {
    authorizations,
    tokenRequests,
    registrations,
    async respond(request) {
      const url = new URL(request.url)
      const place = url.origin + url.pathname
      if (place === endpoints.authorize) return authorize(url)
      if (place === endpoints.token && request.method === 'POST') return token(request)
      if (place === endpoints.register && request.method === 'POST') return register(request)
      const other = await manners.other?.(request)
      if (other !== undefined) return other
      return Object.hasOwn(documents, request.url)
        ? Response.json(documents[request.url])
        : Response.json({ error: 'not_found' }, { status: 404 })
    },
  }
}

function checkRequest(params: URLSearchParams): Refusal | undefined {
  if (params.get('response_type') !== 'code') {
    return { error: 'unsupported_response_type', description: 'only code' }
  }
  return params.get('code_challenge_method') === 'S256'
    ? undefined
    : { error: 'invalid_request', description: 'PKCE with S256 is required' }
}

function presentedSecret(request: Request, form: URLSearchParams): string | null {
  const basic = /^Basic (.*)$/.exec(request.headers.get('Authorization') ?? '')?.[1]
  if (basic === undefined) return form.get('client_secret')
  return decodeURIComponent(Buffer.from(basic, 'base64').toString().split(':')[1] ?? '')
}

function refuse({ error, description, status = 400 }: Refusal): Response {
  return Response.json({ error, error_description: description }, { status })
}
