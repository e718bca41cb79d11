/** The authorization servers that the clients log in to. */

import { randomBytes } from 'node:crypto'
import type { IntrospectionOptions } from 'mcp-gatehouse'
import { startAuthorizationServer } from '../../examples/demo/authorization-server.ts'
import { runIssuer } from '../../src/cli/issuer/run.ts'

export type IssuerName =
  | 'demo'
  | 'development issuer'
  | 'with documents'
  | 'with opaque tokens'
  | 'with DPoP'

export interface RunningIssuer {
  readonly issuer: string
  /** How a resource verifies its tokens, if they are not JWTs. */
  readonly accessToken?: IntrospectionOptions
  close(): Promise<void>
}

/** A client that cannot register is given this id. */
export const GIVEN_CLIENT = { id: 'given-client', redirect: 'http://127.0.0.1:33418/callback' }

export const SCOPES = ['notes:read', 'notes:write', 'notes:admin']

export const ISSUERS: Readonly<Record<IssuerName, (resource: string) => Promise<RunningIssuer>>> = {
  demo: (resource) => startDemo(resource),
  'development issuer': (resource) => startDevelopmentIssuer(resource),
  'with documents': (resource) => startDevelopmentIssuer(resource, '--cimd'),
  'with DPoP': (resource) => startDevelopmentIssuer(resource, '--dpop'),
  async 'with opaque tokens'(resource) {
    const accessToken: IntrospectionOptions = {
      kind: 'introspection',
      clientId: 'notes-server',
      clientSecret: randomBytes(18).toString('base64url'),
    }
    return { ...(await startDemo(resource, accessToken)), accessToken }
  },
}

async function startDemo(
  resource: string,
  introspection?: IntrospectionOptions,
): Promise<RunningIssuer> {
  const client = {
    client_id: GIVEN_CLIENT.id,
    redirect_uris: [GIVEN_CLIENT.redirect],
    application_type: 'native',
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
  }
  const notesServer = {
    client_id: introspection?.clientId,
    client_secret: introspection?.clientSecret,
    grant_types: [],
    redirect_uris: [],
    response_types: [],
  }
  const server = await startAuthorizationServer({
    clients: introspection === undefined ? [client] : [client, notesServer],
    accessTokenFormat: introspection === undefined ? 'jwt' : 'opaque',
  })
  server.registerResource(resource, SCOPES)
  return { issuer: server.issuer, close: () => server.close() }
}

/** `npx mcp-gatehouse issuer`, in this process, so that its requests are recorded. */
async function startDevelopmentIssuer(
  resource: string,
  ...more: readonly string[]
): Promise<RunningIssuer> {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>()
  const { promise: issuer, resolve: started, reject } = Promise.withResolvers<string>()
  const args = [
    '--resource',
    resource,
    '--port',
    '0',
    '--user',
    `alice:${SCOPES.join(',')}`,
    ...more,
  ]
  const ended = runIssuer([...args, '--client', `${GIVEN_CLIENT.id}:${GIVEN_CLIENT.redirect}`], {
    out: (text) => started(text.trim().slice('issuer '.length)),
    err: () => undefined,
    stopped: () => stopped,
  })
  ended.then(() => reject(new Error('The issuer did not start.')), reject)
  return {
    issuer: await issuer,
    async close() {
      stop()
      await ended
    },
  }
}
