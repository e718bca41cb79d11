/** The authorization endpoint (OAuth 2.1 §4.1): login, consent, redirect. */

import { randomBytes } from 'node:crypto'
import { BoundedMap } from '../../lib/bounded-map.ts'
import { isScopeToken, parseScope } from '../../scope/scope.ts'
import { type Client, type Clients, isRedirectOf } from './clients.ts'
import type { Grants } from './grants.ts'
import { type OAuthError, oauthError } from './oauth-error.ts'
import type { User } from './options.ts'
import { consentPage, errorPage, loginPage, type Page } from './pages.ts'
import { targetProblem } from './resource.ts'

/** A page to show, or the client to go back to. */
export type Step = Page | { readonly redirect: string }

interface Pending {
  readonly client: Client
  readonly redirectUri: string
  readonly state: string | null
  readonly challenge: string
  readonly proofKey: string | undefined
  /** Those of the request; it may have none. */
  readonly scopes: readonly string[]
  /** The first of `acr_values`: the one that the client prefers. */
  readonly acr: string | undefined
  user: User | undefined
  /** When the user logged in, in seconds. */
  authTime: number
}

interface AuthorizeParts {
  readonly issuer: string
  readonly resource: string
  readonly users: readonly User[]
  readonly clients: Clients
  readonly grants: Grants
  readonly offersDpop: boolean
}

/** A SHA-256 in base64url: a code challenge, or the thumbprint of a key. */
const DIGEST = /^[A-Za-z0-9_-]{43}$/
const MAX_PENDING = 1000
const MAX_SCOPES = 100

export class Authorizations {
  readonly #parts: AuthorizeParts
  readonly #pending = new BoundedMap<Pending>({ maxEntries: MAX_PENDING })

  constructor(parts: AuthorizeParts) {
    this.#parts = parts
  }

  /** An authorization request. A mistake in client or redirect URI is shown, and never sent to the URI. */
  async start(query: URLSearchParams): Promise<Step> {
    const repeated = repeatedIn(query)
    if (repeated === 'client_id' || repeated === 'redirect_uri') {
      return errorPage(`The parameter ${repeated} is there twice.`)
    }
    const id = query.get('client_id') ?? ''
    const client = await this.#parts.clients.find(id)
    if (client === undefined) return errorPage(`The client ${id || '(none)'} is not registered.`)
    const given = query.get('redirect_uri') ?? onlyOf(client.redirectUris)
    if (given === undefined || !isRedirectOf(client, given)) {
      return errorPage(`The redirect URI ${given ?? '(none)'} is not registered for this client.`)
    }
    const state = query.get('state')
    const problem = this.#problemOf(query)
    if (problem !== undefined) return this.#redirect(given, { ...problem, state })
    const acr = scopesIn(query.get('acr_values'))[0]
    const request = randomBytes(24).toString('base64url')
    this.#pending.set(request, {
      client,
      redirectUri: given,
      state,
      challenge: query.get('code_challenge') ?? '',
      proofKey: this.#parts.offersDpop ? (query.get('dpop_jkt') ?? undefined) : undefined,
      scopes: scopesIn(query.get('scope')),
      acr,
      user: undefined,
      authTime: 0,
    })
    return loginPage({ request, clientName: client.name, users: this.#parts.users, acr })
  }

  login(form: URLSearchParams): Step {
    const request = form.get('request') ?? ''
    const pending = this.#pending.get(request)
    // Without a choice it is the one that the page has chosen.
    const chosen = form.get('user') ?? this.#parts.users[0]?.name
    const user = this.#parts.users.find(({ name }) => name === chosen)
    if (pending === undefined || user === undefined) return errorPage('This login has expired.')
    pending.user = user
    pending.authTime = Math.floor(Date.now() / 1000)
    return consentPage({
      request,
      clientName: pending.client.name,
      user: user.name,
      resource: this.#parts.resource,
      redirectUri: pending.redirectUri,
      scopes: askedScopes(pending, user).map((name) => ({
        name,
        isAllowed: mayGrant(user, name),
      })),
    })
  }

  /** The chosen scopes are a part of the requested ones that the user may grant. */
  consent(form: URLSearchParams): Step {
    const request = form.get('request') ?? ''
    const pending = this.#pending.get(request)
    const { user } = pending ?? {}
    if (pending === undefined || user === undefined) return errorPage('This login has expired.')
    this.#pending.delete(request)
    const { client, redirectUri, state, challenge, proofKey, acr, authTime } = pending
    if (form.get('decision') !== 'allow') {
      const denied = oauthError('access_denied', 'The user denied access.')
      return this.#redirect(redirectUri, { ...denied, state })
    }
    const chosen = new Set(
      [...form].flatMap(([name, value]) => (/^scope(-\d+)?$/.test(name) ? [value] : [])),
    )
    const scopes = askedScopes(pending, user).filter(
      (each) => chosen.has(each) && mayGrant(user, each),
    )
    const code = this.#parts.grants.createCode({
      clientId: client.id,
      clientName: client.name,
      redirectUri,
      challenge,
      proofKey,
      user: user.name,
      scopes,
      namesScopes: pending.scopes.length > 0,
      login: { acr, auth_time: authTime },
      resource: this.#parts.resource,
    })
    return this.#redirect(redirectUri, { code, state })
  }

  #problemOf(query: URLSearchParams): OAuthError | undefined {
    const repeated = repeatedIn(query)
    if (repeated !== undefined) {
      return oauthError('invalid_request', `The parameter ${repeated} is there twice.`)
    }
    if (!query.has('response_type')) {
      return oauthError('invalid_request', 'response_type is missing.')
    }
    if (query.get('response_type') !== 'code') {
      return oauthError('unsupported_response_type', 'response_type must be code.')
    }
    if ((query.get('response_mode') ?? 'query') !== 'query') {
      return oauthError('invalid_request', 'response_mode must be query.')
    }
    // OAuth 2.1 §4.1.1, RFC 7636 §4.4.1.
    if (query.get('code_challenge_method') !== 'S256') {
      return oauthError('invalid_request', 'PKCE with code_challenge_method S256 is required.')
    }
    if (!isDigest(query.get('code_challenge'))) {
      return oauthError('invalid_request', 'code_challenge is not a SHA-256 in base64url.')
    }
    if (this.#parts.offersDpop && query.has('dpop_jkt') && !isDigest(query.get('dpop_jkt'))) {
      return oauthError('invalid_request', 'dpop_jkt is not a SHA-256 in base64url.')
    }
    return targetProblem(query, this.#parts.resource)
  }

  /** RFC 9207: the response names its issuer. RFC 6749 §3.1.2: the query of the redirect URI is retained. */
  #redirect(uri: string, parameters: Readonly<Record<string, string | null>>): Step {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries({ ...parameters, iss: this.#parts.issuer })) {
      if (value !== null) query.set(name, value)
    }
    return { redirect: `${uri}${uri.includes('?') ? '&' : '?'}${query}` }
  }
}

/** A parameter that is there twice, those that decide about the redirect first. RFC 8707 §2: only the resource may repeat. */
export function repeatedIn(parameters: URLSearchParams): string | undefined {
  const names = ['client_id', 'redirect_uri', ...parameters.keys()]
  return names.find((name) => name !== 'resource' && parameters.getAll(name).length > 1)
}

export function scopesIn(text: string | null): readonly string[] {
  return parseScope(text ?? '')
    .filter(isScopeToken)
    .slice(0, MAX_SCOPES)
}

function isDigest(text: string | null): boolean {
  return DIGEST.test(text ?? '')
}

/** RFC 6749 §3.3: a request without scopes gets default ones. */
function askedScopes({ scopes }: Pending, user: User): readonly string[] {
  return scopes.length > 0 ? scopes : (user.scopes ?? [])
}

function mayGrant({ scopes }: User, scope: string): boolean {
  return scopes === undefined || scopes.includes(scope) || scope === 'offline_access'
}

function onlyOf(uris: readonly string[]): string | undefined {
  return uris.length === 1 ? uris[0] : undefined
}
