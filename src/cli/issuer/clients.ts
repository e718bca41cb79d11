/** The clients of the development issuer: given, registered (RFC 7591), or by metadata document. */

import { randomUUID } from 'node:crypto'
import { hostFetch } from '../../contract/ports.ts'
import { fetchJson } from '../../documents/fetch-json.ts'
import { BoundedMap } from '../../lib/bounded-map.ts'
import { isObject, isTextList } from '../../lib/json.ts'
import { isLoopback, parseUrl } from '../../lib/safe-url.ts'
import { isLoopbackUrl } from './loopback.ts'

export interface Client {
  readonly id: string
  readonly name: string
  readonly redirectUris: readonly string[]
  /** `undefined`: a public client. */
  readonly secret: string | undefined
  /** Whether each token request needs a DPoP proof: `dpop_bound_access_tokens` (RFC 9449 §5.2). */
  readonly needsProof: boolean
}

/** What the issuer offers to clients. */
interface ClientOffers {
  readonly acceptsDocuments: boolean
  readonly offersDpop: boolean
}

/** What a client says of itself. */
interface ClientFacts extends Pick<Client, 'name' | 'redirectUris' | 'needsProof'> {
  readonly method: string
}

/** RFC 7591 §3.2.2. */
interface RegistrationProblem {
  readonly error: 'invalid_redirect_uri' | 'invalid_client_metadata'
  readonly error_description: string
}

/** Limits what a client that registers in a loop can take. */
const MAX_CLIENTS = 10_000
/** Documents of clients under development are on loopback, too. */
const DOCUMENT_POLICY = { fetch: hostFetch, timeoutMs: 5000, maxBytes: 65_536, allowHttp: false }

export class Clients {
  readonly #given: ReadonlyMap<string, Client>
  readonly #registered = new BoundedMap<Client>({ maxEntries: MAX_CLIENTS })
  readonly #offers: ClientOffers

  constructor(given: readonly Client[], offers: ClientOffers) {
    this.#given = new Map(given.map((each) => [each.id, each]))
    this.#offers = offers
  }

  /** @returns `undefined` for an unknown client, or a document that cannot be used. */
  async find(id: string): Promise<Client | undefined> {
    const known = this.#given.get(id) ?? this.#registered.get(id)
    if (known !== undefined || !this.#offers.acceptsDocuments) return known
    return fetchClient(id, this.#offers)
  }

  /** RFC 7591 §3.1: open registration. @returns The response's document. */
  register(metadata: unknown): Readonly<Record<string, unknown>> | RegistrationProblem {
    const read = readMetadata(metadata, this.#offers)
    if ('error' in read) return read
    const { redirectUris, name, method, needsProof } = read
    const secret = method === 'none' ? undefined : randomUUID()
    const client = { id: randomUUID(), name, redirectUris, secret, needsProof }
    this.#registered.set(client.id, client)
    return {
      ...(metadata as object),
      ...NOT_CHOSEN,
      client_id: client.id,
      client_id_issued_at: Math.floor(Date.now() / 1000),
      ...(secret === undefined ? {} : { client_secret: secret, client_secret_expires_at: 0 }),
      redirect_uris: redirectUris,
      token_endpoint_auth_method: method,
      // RFC 7591 §3.2.1: the response says what is registered, which is less where DPoP is not offered.
      dpop_bound_access_tokens: needsProof ? true : undefined,
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    }
  }
}

/**
 * Members of the response that a client does not choose (RFC 7591 §3.2.1, RFC 7592 §3). A client that registers again
 * may send those of the last response.
 */
const NOT_CHOSEN = {
  client_secret: undefined,
  client_secret_expires_at: undefined,
  registration_access_token: undefined,
  registration_client_uri: undefined,
}

/** Schemes that a browser would run instead of opening. */
const ACTIVE: readonly string[] = ['javascript:', 'data:', 'vbscript:', 'blob:', 'file:']

/** What a redirect URI has to be. */
export const REDIRECT_RULE =
  'an absolute URL in ASCII without a fragment; http is for localhost only (MCP, Communication Security)'

/**
 * RFC 6749 §3.1.2: an absolute URI, which is visible ASCII, without a fragment. Schemes of native applications are
 * accepted (RFC 8252 §7.1), also those without a period, such as that of Cursor (OAuth 2.1 §2.3.1 recommends to
 * reject them).
 */
export function isRedirectUri(uri: string): boolean {
  const url = /^[!"$-~]+$/.test(uri) ? parseUrl(uri) : undefined
  if (url === undefined || ACTIVE.includes(url.protocol)) return false
  return url.protocol !== 'http:' || isLoopback(url)
}

/**
 * The redirect URI to use. URIs are compared as text (OAuth 2.1 §4.1.1), apart from the port of a loopback address
 * (RFC 8252 §7.3).
 */
export function isRedirectOf({ redirectUris }: Client, uri: string): boolean {
  const bare = isLoopbackUrl(uri) ? withoutPort(uri) : uri
  return redirectUris.some((each) => each === uri || withoutPort(each) === bare)
}

function withoutPort(uri: string): string {
  return uri.replace(LOOPBACK_PORT, '$1')
}

const LOOPBACK_PORT = /^(https?:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])):\d+(?=[/?]|$)/

function readMetadata(
  metadata: unknown,
  { offersDpop }: ClientOffers,
): ClientFacts | RegistrationProblem {
  if (!isObject(metadata)) {
    return { error: 'invalid_client_metadata', error_description: 'The body is not an object.' }
  }
  const { redirect_uris: uris, client_name: name, token_endpoint_auth_method: given } = metadata
  if (!isTextList(uris) || uris.length === 0 || !uris.every(isRedirectUri)) {
    return {
      error: 'invalid_redirect_uri',
      error_description: `Each of redirect_uris must be ${REDIRECT_RULE}.`,
    }
  }
  const method = typeof given === 'string' ? given : 'client_secret_basic'
  if (!METHODS.includes(method)) {
    return {
      error: 'invalid_client_metadata',
      error_description: `token_endpoint_auth_method must be one of ${METHODS.join(', ')}.`,
    }
  }
  return {
    redirectUris: uris,
    name: typeof name === 'string' ? name : 'A client',
    method,
    needsProof: offersDpop && metadata['dpop_bound_access_tokens'] === true,
  }
}

export const METHODS = ['none', 'client_secret_basic', 'client_secret_post']

/**
 * draft-ietf-oauth-client-id-metadata-document, Client Identifier: a path, but no fragment, user name or dot segment. Plain http on
 * loopback is for clients under development.
 */
function isDocumentUrl(id: string): boolean {
  if (!URL.canParse(id) || (!id.startsWith('https://') && !isLoopbackUrl(id))) return false
  const { username, password } = new URL(id)
  const [path = ''] = id.replace(/^https?:\/\/[^/?#]*/, '').split('?')
  return path.startsWith('/') && !/#|\/\.{1,2}(?:\/|$)/.test(path) && username + password === ''
}

/** Client ID metadata documents: the id is the URL of the document, and the document names it. */
async function fetchClient(id: string, offers: ClientOffers): Promise<Client | undefined> {
  if (!isDocumentUrl(id)) return undefined
  const fetched = await fetchJson({ url: id, typed: true }, DOCUMENT_POLICY)
  if (!fetched.ok) return undefined
  const { document } = fetched.value
  const {
    client_id: own,
    client_name: name,
    token_endpoint_auth_method: method = 'none',
  } = document
  // A document is public, so its client has no secret. MCP 2026-07-28, Client Registration: it has a name.
  if (own !== id || typeof name !== 'string' || method !== 'none') return undefined
  if (SECRETS.some((member) => Object.hasOwn(document, member))) return undefined
  const read = readMetadata({ ...document, token_endpoint_auth_method: method }, offers)
  if ('error' in read) return undefined
  const { redirectUris, needsProof } = read
  // OAuth Phishing Attacks: any document may have the name of a known client, so users see the host, too.
  const shown = `${name} (${new URL(id).host})`
  return { id, name: shown, redirectUris, secret: undefined, needsProof }
}

/** draft-ietf-oauth-client-id-metadata-document, Client Metadata Document: it must not have these. */
const SECRETS = ['client_secret', 'client_secret_expires_at']
