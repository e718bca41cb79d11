/** The fixture on Deno, with the database of a file. Prints the port it listens on. */

import { type DenoKv, denoKvDocumentStore, denoKvReplayStore, protect } from 'mcp-gatehouse/deno'
import { control, createResource, handle } from './fixture.ts'

declare const Deno: {
  readonly env: { get(name: string): string | undefined }
  openKv(path: string): Promise<DenoKv>
  serve(
    options: { hostname: string; port: number; onListen(address: { port: number }): void },
    handler: (request: Request, info: { remoteAddr: object }) => Promise<Response>,
  ): void
}

const kv = await Deno.openKv(Deno.env.get('DATABASE') ?? ':memory:')
const stores = { documents: denoKvDocumentStore(kv), replay: denoKvReplayStore(kv) }
const authorizationServer = Deno.env.get('AUTHORIZATION_SERVER') ?? ''
const guarded = protect(createResource(authorizationServer, stores), handle)

Deno.serve(
  { hostname: '127.0.0.1', port: 0, onListen: ({ port }) => console.log(port) },
  async (request, info) =>
    (await control(request, stores, authorizationServer)) ?? guarded(request, info),
)
