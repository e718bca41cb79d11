/** An authorization server for the examples: the one of `mcp-gatehouse/testing`, on loopback. */

import { createTestIssuer, type TestIssuer } from 'mcp-gatehouse/testing'
import { serve } from '../support/loopback.ts'

export interface LoopbackIssuer extends AsyncDisposable {
  readonly issuer: TestIssuer
  /** What it serves under a path, for hosts without a network. */
  answer(path: string): Promise<Response>
}

export async function startIssuer(): Promise<LoopbackIssuer> {
  const server = await serve(async (incoming, outgoing) => {
    const { status, headers, body } = await answer(incoming.url ?? '/')
    outgoing.writeHead(status, Object.fromEntries(headers))
    outgoing.end(body === null ? undefined : await new Response(body).text())
  })
  const issuer = createTestIssuer({ issuer: server.origin })
  const answer = (path: string) => issuer.fetch(`${server.origin}${path}`)
  return { issuer, answer, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}
