/**
 * A real authorization server on loopback: `oidc-provider` with dynamic client registration,
 * mandatory PKCE, resource indicators and a login page. In production you use your own.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { errors, Provider } from 'oidc-provider'
import { listen, stop } from './listen.ts'
import { INTERACTION_PATH, serveLoginPages } from './login-pages.ts'
import { createMemoryStore } from './memory-store.ts'
import { createTokenGrants } from './token-grants.ts'

/** JWTs are verified with public keys; opaque tokens are introspected. */
export type TokenFormat = 'jwt' | 'opaque'

/** Options of the authorization server; the defaults suit the walkthrough. */
export interface AuthorizationServerOptions {
  /**
   * The loopback port; if it is in use, any free port.
   * @default 0 any free one
   */
  readonly port?: number
  /**
   * The format of access tokens. With opaque tokens, the server supports introspection (RFC 7662,
   * RFC 9701) and revocation (RFC 7009).
   * @default 'jwt'
   */
  readonly accessTokenFormat?: TokenFormat
  /**
   * Whether clients may bind their tokens to a key (RFC 9449).
   * @default false
   */
  readonly dpop?: boolean
  /** Pre-registered clients, with the member names of RFC 7591. */
  readonly clients?: readonly Readonly<Record<string, unknown>>[]
  /** Supports token exchange and identity assertions. */
  readonly exchange?: ExchangeOptions
}

/** Options of the grants for token exchange. */
export interface ExchangeOptions {
  /** Another issuer whose identity assertions are accepted. */
  readonly trustedIssuer?: string
}

/** A running authorization server. */
export interface AuthorizationServer {
  /** Its issuer identifier. The metadata URL follows from it. */
  readonly issuer: string
  /**
   * Registers a resource with its scopes and, optionally, the format of its tokens.
   */
  registerResource(identifier: string, scopes: readonly string[], format?: TokenFormat): void
  /** Lets a client exchange the tokens of a resource. */
  allowExchange(clientId: string, resource: string): void
  /** Signs an access token with arbitrary claims: for tokens that the server never issues. */
  signAccessToken(claims: JWTPayload): Promise<string>
  /** Stops it and frees its port. */
  close(): Promise<void>
}

const ALGORITHM = 'ES256'
const KEY_ID = 'demo-1'
const HOUR_SECONDS = 3600

/** The default path of the registration endpoint in `oidc-provider`. */
const REGISTRATION_PATH = '/reg'

/**
 * Starts an authorization server on loopback.
 *
 * @param options Port, token format and so on.
 * @returns The running server.
 */
export async function startAuthorizationServer(
  options: AuthorizationServerOptions = {},
): Promise<AuthorizationServer> {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM, { extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), kid: KEY_ID, alg: ALGORITHM, use: 'sig' }
  const resources = new Map<string, Resource>()

  // The issuer contains the port, so the server listens before the provider exists.
  const server = createServer()
  const issuer = await listen(server, options.port)
  const provider = new Provider(issuer, configuration(options, resources, jwk))
  const audiences = new Map<string, string>()
  const grants = createTokenGrants({
    issuer,
    privateKey,
    publicKey,
    algorithm: ALGORITHM,
    keyId: KEY_ID,
    audiences,
    scopesOf: (resource) => resources.get(resource)?.scopes,
    trustedIssuer: options.exchange?.trustedIssuer,
  })
  if (options.exchange !== undefined) grants.register(provider)
  // Some clients request the scopes in the server's metadata and no others.
  provider.use(async (context, next) => {
    await next()
    if (context.oidc?.route !== 'discovery') return
    const scopes = [...resources.values()].flatMap((resource) => resource.scopes)
    const { body } = context
    body.scopes_supported = [...new Set([...(body.scopes_supported ?? []), ...scopes])]
  })
  const callback = provider.callback()
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '/'
    if (path.startsWith(INTERACTION_PATH)) await serveLoginPages(provider, request, response)
    else if (grants.serveConsent(request, response)) return
    else if (path !== REGISTRATION_PATH || !allowBrowser(request, response)) {
      await callback(request, response)
    }
  }
  server.on('request', (request, response) => {
    handle(request, response).catch((error: unknown) => {
      // Usually a bookmarked login page whose interaction has expired.
      if (response.headersSent) response.destroy()
      else response.writeHead(400, { 'Content-Type': 'text/plain' }).end(`${error}\n`)
    })
  })

  return {
    issuer,
    registerResource(identifier, scopes, format = options.accessTokenFormat ?? 'jwt') {
      resources.set(identifier, { scopes, format })
    },
    allowExchange(clientId, resource) {
      audiences.set(clientId, resource)
    },
    signAccessToken(claims) {
      const header = { alg: ALGORITHM, typ: 'at+jwt', kid: KEY_ID }
      return new SignJWT(claims).setProtectedHeader(header).sign(privateKey)
    },
    close: () => stop(server),
  }
}

/** A client, or a token of a client. */
interface Owned {
  readonly clientId: string
}

/** The scopes and token format of a resource. */
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
        // A public client could test stolen tokens here. The audience shows the resource of a token.
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
        // Clients of MCP 2025-03-26 send no resource: use the first one.
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
      // The maximum of RFC 6749 §4.1.2, because readers of the flow page need time.
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
 * Generates the id of a new client and drops the scope it registered.
 *
 * The SDK registers only the scope of its first request, which would block every step-up. RFC 7591 §2
 * allows a server to ignore it; here the consent page decides.
 */
function ignoreRegisteredScope({ oidc }: { oidc: { body: { scope?: string } } }): string {
  delete oidc.body.scope
  return randomUUID()
}

/** Adds CORS to the registration endpoint, which `oidc-provider` lacks. @returns Whether it has sent the response. */
function allowBrowser(request: IncomingMessage, response: ServerResponse): boolean {
  response.setHeader('Access-Control-Allow-Origin', '*')
  response.setHeader('Access-Control-Allow-Headers', 'Content-Type, MCP-Protocol-Version')
  if (request.method !== 'OPTIONS') return false
  response.writeHead(204).end()
  return true
}
