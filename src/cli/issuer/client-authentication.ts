/** Client authentication at the token, revocation and introspection endpoints (OAuth 2.1 §2.4). */

import { timingSafeEqual } from 'node:crypto'
import type { Client, Clients } from './clients.ts'

/** Why a client is not authenticated. */
interface ClientProblem {
  readonly problem: string
}

/** The client of a request, or what is wrong with its credentials. */
export async function authenticateClient(
  request: Request,
  form: URLSearchParams,
  clients: Clients,
): Promise<Client | ClientProblem> {
  const credentials = credentialsOf(request, form)
  if ('problem' in credentials) return credentials
  const { id, secret, encodedSecret } = credentials
  const client = await clients.find(id)
  if (client === undefined) return problem(`The client ${id} is not registered.`)
  const expected = client.secret
  if (expected === undefined) {
    return secret === '' ? client : problem('This client is public: it has no secret.')
  }
  if (secret === '') return problem('This client must authenticate with its secret.')
  if (secret !== undefined && isSame(secret, expected)) return client
  return encodedSecret !== undefined && isSame(encodedSecret, expected)
    ? problem('Form-encode client id and secret before base64 (RFC 6749, 2.3.1).')
    : problem('The secret is wrong.')
}

interface Credentials {
  readonly id: string
  /**
   * Empty without one. RFC 6749 §2.3.1: an empty secret is the same as none, and many libraries send it for a public
   * client. `undefined`: not form-encoded.
   */
  readonly secret: string | undefined
  /** The secret in `Basic` as it was sent. */
  readonly encodedSecret?: string
}

function credentialsOf(request: Request, form: URLSearchParams): Credentials | ClientProblem {
  const authorization = request.headers.get('Authorization')
  const formId = form.get('client_id')
  if (authorization === null) {
    if (formId === null) return problem('client_id is missing.')
    return { id: formId, secret: form.get('client_secret') ?? '' }
  }
  const [, encoded = ''] = /^Basic ([A-Za-z0-9+/]+=*)$/i.exec(authorization) ?? []
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  const encodedSecret = text.slice(colon + 1)
  // OAuth 2.1 §2.4.1: both are form-encoded first.
  const id = colon < 0 ? undefined : decode(text.slice(0, colon))
  if (id === undefined) return problem('Authorization is not Basic with client id and secret.')
  if (form.has('client_secret') || (formId ?? id) !== id) {
    return problem('Use one method of authentication for one client (RFC 6749, 2.3).')
  }
  return { id, secret: decode(encodedSecret), encodedSecret }
}

function problem(text: string): ClientProblem {
  return { problem: text }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
