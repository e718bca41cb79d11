/**
 * A real authorization server on loopback: `oidc-provider` with dynamic registration, PKCE for
 * everybody, resource indicators and a login page. It stands for the one you already have.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { errors, Provider } from 'oidc-provider'
import { listen, stop } from './listen.ts'
import { INTERACTION_PATH, serveLoginPages } from './login-pages.ts'
import { createMemoryStore } from './memory-store.ts'

/** Whether an access token can be read by whoever has the keys, or only by who issued it. */
export type TokenFormat = 'jwt' | 'opaque'

/** What may be chosen about the authorization server; the defaults suit the demo's story. */
export interface AuthorizationServerOptions {
  /**
   * The loopback port; another free one is taken when it is in use.
   * @default 0 any free one
   */
  readonly port?: number
  /**
   * Whether access tokens are JWTs or mean nothing to anybody but this server, which can then be
   * asked about them (RFC 7662, RFC 9701) and told to forget them (RFC 7009).
   * @default 'jwt'
   */
  readonly accessTokenFormat?: TokenFormat
  /**
   * Whether clients may bind their tokens to a key (RFC 9449).
   * @default false
   */
  readonly dpop?: boolean
  /** Clients that are there from the start, by the member names of RFC 7591. */
  readonly clients?: readonly Readonly<Record<string, unknown>>[]
}

/** A running authorization server. */
export interface AuthorizationServer {
  /** Its issuer identifier; the metadata is found from it. */
  readonly issuer: string
  /**
   * Makes a resource known: from now on tokens for it can be asked for, with these scopes and, where
   * that is said, in another format than this server's usual one.
   */
  registerResource(identifier: string, scopes: readonly string[], format?: TokenFormat): void
  /** Signs claims with this server's own key, as an access token: for tokens it never issues. */
  signAccessToken(claims: JWTPayload): Promise<string>
  /** Stops it and frees its port. */
  close(): Promise<void>
}

const ALGORITHM = 'ES256'
const KEY_ID = 'demo-1'
const HOUR_SECONDS = 3600

/** Where a client registers itself, `oidc-provider`'s own name for it. */
const REGISTRATION_PATH = '/reg'

/**
 * Starts an authorization server on loopback.
 *
 * @param options Port, token format and the like.
 * @returns The running server.
 */
export async function startAuthorizationServer(
  options: AuthorizationServerOptions = {},
): Promise<AuthorizationServer> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), kid: KEY_ID, alg: ALGORITHM, use: 'sig' }
  const resources = new Map<string, Resource>()

  // The issuer names the port, so the port comes first and what is behind it after that.
  const server = createServer()
  const issuer = await listen(server, options.port)
  const provider = new Provider(issuer, configuration(options, resources, jwk))
  const callback = provider.callback()
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '/'
    if (path.startsWith(INTERACTION_PATH)) await serveLoginPages(provider, request, response)
    else if (path !== REGISTRATION_PATH || !allowBrowser(request, response)) {
      await callback(request, response)
    }
  }
  server.on('request', (request, response) => {
    handle(request, response).catch((error: unknown) => {
      // A login page from a bookmark, most likely: its interaction is long over.
      if (response.headersSent) response.destroy()
      else response.writeHead(400, { 'Content-Type': 'text/plain' }).end(`${error}\n`)
    })
  })

  return {
    issuer,
    registerResource(identifier, scopes, format = options.accessTokenFormat ?? 'jwt') {
      resources.set(identifier, { scopes, format })
    },
    signAccessToken(claims) {
      const header = { alg: ALGORITHM, typ: 'at+jwt', kid: KEY_ID }
      return new SignJWT(claims).setProtectedHeader(header).sign(privateKey)
    },
    close: () => stop(server),
  }
}

/** A client, or something of a client's. */
interface Owned {
  readonly clientId: string
}

/** What tokens for a resource are like. */
interface Resource {
  readonly scopes: readonly string[]
  readonly format: TokenFormat
}

function configuration(
  options: AuthorizationServerOptions,
  resources: ReadonlyMap<string, Resource>,
  jwk: Record<string, unknown>,
): Record<string, unknown> {
  const isOpaque = options.accessTokenFormat === 'opaque'
  return {
    adapter: createMemoryStore(),
    clients: options.clients ?? [],
    clientBasedCORS: () => true,
    clientDefaults: {
      id_token_signed_response_alg: ALGORITHM,
      ...(isOpaque ? { introspection_signed_response_alg: ALGORITHM } : {}),
    },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    enabledJWA: {
      idTokenSigningAlgValues: [ALGORITHM],
      introspectionSigningAlgValues: [ALGORITHM],
    },
    features: {
      clientCredentials: { enabled: options.clients !== undefined },
      devInteractions: { enabled: false },
      dPoP: { enabled: options.dpop ?? false },
      introspection: {
        enabled: isOpaque,
        // Public clients could try out tokens here; whose a token is, its audience says.
        allowedPolicy: (_context: unknown, client: { clientAuthMethod: string }) =>
          client.clientAuthMethod !== 'none',
      },
      jwtIntrospection: { enabled: isOpaque },
      pushedAuthorizationRequests: { enabled: false },
      registration: {
        enabled: true,
        idFactory: ignoreRegisteredScope,
        issueRegistrationAccessToken: false,
      },
      resourceIndicators: {
        enabled: true,
        // MCP 2025-03-26 clients name no resource: they mean the one there is.
        defaultResource: (_context: unknown, _client: unknown, oneOf?: unknown) =>
          oneOf ?? resources.keys().next().value,
        useGrantedResource: () => true,
        getResourceServerInfo: (_context: unknown, identifier: string) => {
          const resource = resources.get(identifier)
          if (resource === undefined) throw new errors.InvalidTarget('unknown resource')
          return {
            audience: identifier,
            scope: resource.scopes.join(' '),
            accessTokenFormat: resource.format,
            jwt: { sign: { alg: ALGORITHM } },
          }
        },
      },
      revocation: {
        enabled: isOpaque,
        allowedPolicy: (_context: unknown, { clientId }: Owned, token: Owned) =>
          token.clientId === clientId,
      },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
    },
    findAccount: (_context: unknown, accountId: string) => ({
      accountId,
      claims: () => ({ sub: accountId }),
    }),
    interactions: {
      url: (_context: unknown, interaction: { uid: string }) => INTERACTION_PATH + interaction.uid,
    },
    jwks: { keys: [jwk] },
    // OAuth 2.1 §7.5.1: every client, confidential ones too.
    pkce: { required: () => true },
    renderError: (context: { type: string; body: string }, out: Record<string, string>) => {
      context.type = 'text/plain'
      context.body = `${out.error}: ${out.error_description ?? ''}\n`
    },
    responseTypes: ['code'],
    routes: { registration: REGISTRATION_PATH },
    ttl: {
      AccessToken: HOUR_SECONDS,
      // RFC 6749 §4.1.2 allows no more, and whoever reads the flow page on the way needs it.
      AuthorizationCode: 600,
      ClientCredentials: HOUR_SECONDS,
      Grant: 24 * HOUR_SECONDS,
      IdToken: HOUR_SECONDS,
      Interaction: HOUR_SECONDS,
      RefreshToken: 24 * HOUR_SECONDS,
      Session: 24 * HOUR_SECONDS,
    },
  }
}

/**
 * Names a new client, after dropping the scope it registered.
 *
 * The SDK registers the scope of its first request only, so a server that took it for a limit would
 * refuse every later step-up. RFC 7591 §2 lets a server ignore it: here the consent page decides.
 */
function ignoreRegisteredScope({ oidc }: { oidc: { body: { scope?: string } } }): string {
  delete oidc.body.scope
  return randomUUID()
}

/** Lets clients in browsers register, which `oidc-provider` does not; true when answered. */
function allowBrowser(request: IncomingMessage, response: ServerResponse): boolean {
  response.setHeader('Access-Control-Allow-Origin', '*')
  response.setHeader('Access-Control-Allow-Headers', 'Content-Type, MCP-Protocol-Version')
  if (request.method !== 'OPTIONS') return false
  response.writeHead(204).end()
  return true
}
