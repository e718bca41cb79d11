/** The HTTP endpoints of a test issuer. */

import type { AuthorizationServerMetadata } from '../contract/documents.ts'
import { authorizationServerMetadataUrls } from '../metadata/well-known.ts'
import { introspect } from './introspection.ts'
import { publicKeySet } from './keys.ts'
import type { TestDocument } from './metadata.ts'
import type { TestServerState } from './state.ts'

/** The issuer that documents name in the failure `wrong_issuer`. */
const WRONG_ISSUER = 'https://wrong-issuer.test'

/** Responds to a request like an authorization server on the network. */
export async function respondTo(
  state: TestServerState,
  input: string | URL | Request,
  init?: RequestInit,
): Promise<Response> {
  const request = new Request(input, init)
  const document = documentAt(request.url, state.metadata)
  if (document === undefined) return respondElsewhere(request, state.metadata)
  state.requests[document] += 1
  switch (state.failures.get(document)) {
    case 'unreachable':
      throw new TypeError('fetch failed')
    case 'status':
      return new Response('The test issuer fails on request.', { status: 500 })
    case 'html':
      return new Response('<!doctype html><title>Sign in</title>', {
        headers: { 'Content-Type': 'text/html; charset=utf-8' },
      })
    case 'hang':
      return untilAborted(signalOf(input, init))
    case 'wrong_issuer':
      return serveDocument(state, document, request, WRONG_ISSUER)
    case undefined:
      return serveDocument(state, document, request, state.metadata.issuer)
  }
}

async function serveDocument(
  state: TestServerState,
  document: TestDocument,
  request: Request,
  issuer: string,
): Promise<Response> {
  if (document === 'introspection') return introspect(state, request, issuer)
  if (request.method !== 'GET')
    return new Response(null, { status: 405, headers: { Allow: 'GET' } })
  if (document === 'metadata') return Response.json({ ...state.metadata, issuer })
  const { keys } = await publicKeySet(await state.keys.current())
  // A key set names no issuer, but each key may.
  const owned = issuer === state.metadata.issuer ? keys : keys.map((key) => ({ ...key, issuer }))
  return Response.json({ keys: owned })
}

function documentAt(url: string, metadata: AuthorizationServerMetadata): TestDocument | undefined {
  if (authorizationServerMetadataUrls(metadata.issuer).includes(url)) return 'metadata'
  if (url === metadata.jwks_uri) return 'jwks'
  return url === metadata['introspection_endpoint'] ? 'introspection' : undefined
}

/**
 * Responds with 404 on the issuer's own host, and rejects registrations (RFC 7591 §3.2.2). A request to any
 * other host is a mistake in the test.
 */
function respondElsewhere(
  { url, method }: Request,
  { issuer, registration_endpoint: registration }: AuthorizationServerMetadata,
): Response {
  if (url === registration && method === 'POST') {
    const error_description = 'The test issuer registers no clients.'
    return Response.json({ error: 'invalid_client_metadata', error_description }, { status: 400 })
  }
  if (new URL(url).origin === new URL(issuer).origin) return new Response(null, { status: 404 })
  throw new TypeError(
    `The test issuer ${issuer} received a request for ${url}, which is on another host.`,
  )
}

/** Like a `fetch` without a response: the promise settles only when the caller aborts. */
function untilAborted(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal?.aborted) reject(signal.reason)
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

function signalOf(
  input: string | URL | Request,
  init: RequestInit | undefined,
): AbortSignal | null | undefined {
  if (init?.signal) return init.signal
  return typeof input === 'object' && 'signal' in input ? input.signal : undefined
}
