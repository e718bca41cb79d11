/** Client authentication at the token, revocation and introspection endpoints (OAuth 2.1 §2.4). */

import { timingSafeEqual } from 'node:crypto'
import type { Client, Clients } from './clients.ts'

/** The client of a request; `undefined` for an unknown client or a wrong secret. */
export async function authenticateClient(
  request: Request,
  form: URLSearchParams,
  clients: Clients,
): Promise<Client | undefined> {
  const { id, secret } = credentialsOf(request, form)
  const client = id === undefined ? undefined : await clients.find(id)
  if (client === undefined) return undefined
  if (client.secret === undefined) return secret === undefined ? client : undefined
  return secret !== undefined && isSame(secret, client.secret) ? client : undefined
}

interface Credentials {
  readonly id: string | undefined
  readonly secret: string | undefined
}

function credentialsOf(request: Request, form: URLSearchParams): Credentials {
  const authorization = request.headers.get('Authorization')
  if (authorization === null) {
    const secret = form.get('client_secret')
    return { id: form.get('client_id') ?? undefined, secret: secret === null ? undefined : secret }
  }
  const [, encoded] = /^Basic ([A-Za-z0-9+/]+=*)$/i.exec(authorization) ?? []
  const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  if (colon < 0) return { id: undefined, secret: undefined }
  // OAuth 2.1 §2.4.1: both are form-encoded first.
  const [id, secret] = [decode(text.slice(0, colon)), decode(text.slice(colon + 1))]
  // RFC 6749 §2.3: one method for each request.
  const isAmbiguous = form.has('client_secret') || (form.get('client_id') ?? id) !== id
  return isAmbiguous ? { id: undefined, secret } : { id, secret }
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
