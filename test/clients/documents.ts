/**
 * Client ID metadata documents. Those of real clients are on the internet, which a run does not reach: each is replaced by
 * one that names the redirect of the client's authorization request.
 */

import type { Exchange } from './recorder.ts'

/** The document of the programs on libraries. */
export const DOCUMENT_URL = 'https://client.example/oauth/metadata.json'

/** Serves the documents to this process until the returned function is called. */
export function serveDocuments(exchanges: readonly Exchange[]): () => void {
  const original = globalThis.fetch
  globalThis.fetch = (input, init) => {
    const url = String(input instanceof Request ? input.url : input)
    const redirect = redirectOf(url, exchanges)
    return redirect === undefined
      ? original(input, init)
      : Promise.resolve(Response.json(buildDocument(url, redirect)))
  }
  return () => {
    globalThis.fetch = original
  }
}

export function isDocumentUrl(clientId: string): boolean {
  return clientId.startsWith('https://')
}

function redirectOf(clientId: string, exchanges: readonly Exchange[]): string | undefined {
  if (!isDocumentUrl(clientId)) return
  const asked = exchanges.findLast(({ url }) => url.searchParams.get('client_id') === clientId)
  return asked?.url.searchParams.get('redirect_uri') ?? undefined
}

function buildDocument(url: string, redirect: string): object {
  return {
    client_id: url,
    client_name: 'client',
    redirect_uris: [redirect],
    token_endpoint_auth_method: 'none',
  }
}
