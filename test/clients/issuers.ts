/** The authorization servers that the clients log in to. */

import { startAuthorizationServer } from '../../examples/demo/authorization-server.ts'
import { runIssuer } from '../../src/cli/issuer/run.ts'

export type IssuerName = 'demo' | 'development issuer' | 'with documents'

export interface RunningIssuer {
  readonly issuer: string
  close(): Promise<void>
}

/** A client that cannot register is given this id. */
export const GIVEN_CLIENT = { id: 'given-client', redirect: 'http://127.0.0.1:33418/callback' }

export const SCOPES = ['notes:read', 'notes:write', 'notes:admin']

export const ISSUERS: Readonly<Record<IssuerName, (resource: string) => Promise<RunningIssuer>>> = {
  async demo(resource) {
    const client = {
      client_id: GIVEN_CLIENT.id,
      redirect_uris: [GIVEN_CLIENT.redirect],
      application_type: 'native',
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
    }
    const server = await startAuthorizationServer({ clients: [client] })
    server.registerResource(resource, SCOPES)
    return { issuer: server.issuer, close: () => server.close() }
  },
  'development issuer': (resource) => startDevelopmentIssuer(resource),
  'with documents': (resource) => startDevelopmentIssuer(resource, '--cimd'),
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
