/**
 * Grants for token exchange at `oidc-provider`, registered as its documentation shows: token exchange
 * (RFC 8693) with consent, identity assertions for another server, and JWT bearer grants from one.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createRemoteJWKSet, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { errors, type GrantContext, type Provider } from 'oidc-provider'
import validateDpop from 'oidc-provider/lib/helpers/validate_dpop.js'

/** What the grants need from the server. */
export interface GrantDependencies {
  readonly issuer: string
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  readonly algorithm: string
  readonly keyId: string
  /** The resources whose tokens a client may exchange: those that are addressed to it. */
  readonly audiences: ReadonlyMap<string, string>
  /** The scopes of a resource; undefined: unknown. */
  scopesOf(resource: string): readonly string[] | undefined
  /** Another issuer whose identity assertions are accepted. */
  readonly trustedIssuer?: string | undefined
}

/** The grants, and the page where a user allows an exchange. */
export interface TokenGrants {
  register(provider: Provider): void
  /** Serves the page. @returns Whether the request was for it. */
  serveConsent(request: IncomingMessage, response: ServerResponse): boolean
}

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token'
const ID_JAG = 'urn:ietf:params:oauth:token-type:id-jag'
const CONSENT_PATH = '/allow/'
const ASSERTION_SECONDS = 300

/**
 * Creates the grants of one server.
 *
 * @param dependencies Its keys and resources.
 * @returns The grants, to be registered.
 */
export function createTokenGrants(dependencies: GrantDependencies): TokenGrants {
  const { issuer, algorithm, keyId, privateKey, publicKey, trustedIssuer } = dependencies
  /** By ticket, the exchange that a user may allow. */
  const tickets = new Map<string, string>()
  const allowed = new Set<string>()
  const used = new Set<string>()

  /** Verifies a token of this server. */
  async function verifyOwn(token: string, audience: string): Promise<JWTPayload> {
    try {
      return (await jwtVerify(token, publicKey, { issuer, audience })).payload
    } catch {
      // RFC 8693 §2.2.2.
      throw new errors.InvalidRequest('the subject token is not valid')
    }
  }

  async function issue(
    provider: Provider,
    ctx: GrantContext,
    accountId: string,
    resource: string,
    scope: string | undefined,
  ): Promise<void> {
    const { client } = ctx.oidc
    const known = dependencies.scopesOf(resource)
    if (known === undefined) throw new errors.InvalidTarget('unknown resource')
    const granted = (scope ?? '').split(' ').filter((each) => known.includes(each))
    const proof = await validateDpop(provider, ctx)
    if (proof === undefined && client.dpopBoundAccessTokens) {
      throw new errors.InvalidGrant('DPoP proof JWT not provided')
    }
    const token = new provider.AccessToken({ accountId, client, gty: 'token_exchange' })
    token.resourceServer = new provider.ResourceServer(resource, {
      audience: resource,
      scope: known.join(' '),
      accessTokenFormat: 'jwt',
      jwt: { sign: { alg: algorithm } },
    })
    token.scope = granted.join(' ')
    if (proof !== undefined) token.setThumbprint('jkt', proof.thumbprint)
    ctx.body = {
      access_token: await token.save(),
      issued_token_type: ACCESS_TOKEN,
      token_type: token.tokenType,
      expires_in: token.expiration,
      scope: token.scope,
    }
  }

  /** An identity assertion for another server. */
  async function assertIdentity(ctx: GrantContext, subject: JWTPayload): Promise<void> {
    const { audience, resource, scope } = ctx.oidc.params
    const assertion = await new SignJWT({ client_id: THERE, resource, scope })
      .setProtectedHeader({ alg: algorithm, typ: 'oauth-id-jag+jwt', kid: keyId })
      .setIssuer(issuer)
      .setSubject(subject.sub ?? '')
      .setAudience(audience ?? '')
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime(`${ASSERTION_SECONDS}s`)
      .sign(privateKey)
    ctx.body = {
      access_token: assertion,
      issued_token_type: ID_JAG,
      token_type: 'N_A',
      expires_in: ASSERTION_SECONDS,
    }
  }

  async function exchange(provider: Provider, ctx: GrantContext): Promise<void> {
    const { params, client } = ctx.oidc
    const { subject_token: token = '', subject_token_type: type, resource = '', scope } = params
    if (params.requested_token_type === ID_JAG) {
      if (type !== ID_TOKEN) throw new errors.InvalidRequest('an ID token is required')
      return assertIdentity(ctx, await verifyOwn(token, client.clientId))
    }
    const audience = dependencies.audiences.get(client.clientId)
    if (type !== ACCESS_TOKEN || audience === undefined) {
      throw new errors.InvalidRequest('the subject token is not accepted')
    }
    const { sub = '' } = await verifyOwn(token, audience)
    const wish = JSON.stringify([sub, client.clientId, resource])
    if (allowed.has(wish)) return issue(provider, ctx, sub, resource, scope)
    const ticket = randomUUID()
    tickets.set(ticket, wish)
    ctx.status = 400
    ctx.body = {
      error: 'consent_required',
      error_uri: `${CONSENT_ORIGIN}${CONSENT_PATH}${ticket}`,
    }
  }

  async function accept(provider: Provider, ctx: GrantContext): Promise<void> {
    const { params, client } = ctx.oidc
    if (trustedIssuer === undefined) throw new errors.InvalidGrant('no issuer is trusted')
    const keys = createRemoteJWKSet(new URL(`${trustedIssuer}/jwks`))
    const rules = { issuer: trustedIssuer, audience: issuer, typ: 'oauth-id-jag+jwt' }
    const { payload } = await jwtVerify(params.assertion ?? '', keys, rules).catch(() => {
      throw new errors.InvalidGrant('the assertion is not valid')
    })
    const { sub = '', jti = '', client_id: id, resource, scope } = payload
    if (id !== client.clientId || used.has(jti)) {
      throw new errors.InvalidGrant('the assertion is not for this client, or was used before')
    }
    used.add(jti)
    await issue(provider, ctx, sub, String(resource), String(scope))
  }

  return {
    register(provider) {
      const parameters = [
        'audience',
        'resource',
        'scope',
        'requested_token_type',
        'subject_token',
        'subject_token_type',
        'actor_token',
        'actor_token_type',
      ]
      provider.registerGrantType(TOKEN_EXCHANGE, (ctx) => exchange(provider, ctx), parameters, [
        'audience',
        'resource',
      ])
      provider.registerGrantType(JWT_BEARER, (ctx) => accept(provider, ctx), ['assertion'])
    },
    serveConsent(request, response) {
      const path = request.url ?? ''
      if (!path.startsWith(CONSENT_PATH)) return false
      const wish = tickets.get(path.slice(CONSENT_PATH.length))
      if (wish === undefined) {
        response.writeHead(404).end()
        return true
      }
      if (request.method === 'POST') allowed.add(wish)
      const heading = request.method === 'POST' ? 'You may close this page' : 'Allow the access?'
      response
        .writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' })
        .end(`<!doctype html><h1>${heading}</h1><form method="post"><button>Allow</button></form>`)
      return true
    },
  }
}

/** The client ID of the MCP server at the second authorization server. */
const THERE = 'notes-there'
/** Consent pages have https in production; the demo's browser maps this name to the server on loopback. */
export const CONSENT_ORIGIN = 'https://consent.example'
