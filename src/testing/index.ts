/** An authorization server in memory, to write tests with. No network, no ports, no timers. */

import type { AuthorizationServerMetadata, Jwk } from '../contract/documents.ts'
import { ConfigError } from '../contract/errors.ts'
import { hostNow } from '../contract/ports.ts'
import { issuerProblem } from '../identifiers/issuer.ts'
import { createAccessToken, type TestTokenOptions } from './access-token.ts'
import { createDpopProof, type TestProofOptions } from './dpop-proof.ts'
import { answer } from './endpoints.ts'
import { createKeyRing, publicKeySet } from './keys.ts'
import { buildTestMetadata, type TestDocument } from './metadata.ts'
import type { TestFailure, TestServerState } from './state.ts'

export type { TestTokenOptions } from './access-token.ts'
export type { TestProofOptions } from './dpop-proof.ts'
export type { TestDocument } from './metadata.ts'
export type { TestFailure } from './state.ts'

/** What a test issuer is called and how it signs. */
export interface TestIssuerOptions {
  /** The issuer identifier. @default 'https://issuer.test' */
  issuer?: string | undefined
  /** The `aud` of its tokens; without it they have none, unless their claims say so. */
  resource?: string | undefined
  /** How it signs: any JWS algorithm of RS, PS, ES or EdDSA. @default 'ES256' */
  algorithm?: string | undefined
  /** Seconds since the epoch; give your resource the same one. @default the host's clock */
  now?: (() => number) | undefined
  /** Members of its metadata to add, replace or, with `undefined`, leave out. */
  metadata?: Readonly<Record<string, unknown>> | undefined
}

/** How often each kind of document was asked for, failures included. */
export type TestRequestCounts = Record<TestDocument, number>

/** An authorization server that issues whatever token a test needs, good or wrong on purpose. */
export interface TestIssuer {
  /** Its issuer identifier, for `authorizationServers`. */
  readonly issuer: string
  /** Its metadata, as it serves them. */
  readonly metadata: AuthorizationServerMetadata
  /** How often it was asked; set one to 0 to count anew. */
  readonly requests: TestRequestCounts
  /**
   * For `protectedResource({ fetch })`: serves metadata, keys and introspection.
   *
   * @throws {TypeError} If the URL is not this issuer's: a test that strays should fail.
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>
  /** The key set, as it is served. */
  jwks(): Promise<{ keys: Jwk[] }>
  /**
   * An access token that is good for an hour. For a wrong one, say what is to be wrong.
   *
   * @param claims Claims to add or replace; `undefined` removes one. Beside `iss`, `aud`, `iat` and
   * `exp` there are `sub: 'user-1'`, `client_id: 'client-1'` and a `jti`; no scope.
   * @param options Its form, what it is bound to, and the header and key of a JWT.
   */
  token(claims?: Readonly<Record<string, unknown>>, options?: TestTokenOptions): Promise<string>
  /**
   * A DPoP proof (RFC 9449 §4.2) for a request and the token it carries.
   *
   * @param key The pair the token is bound to, or another to see it refused.
   * @param options A nonce; claims and header parameters to replace or, with `undefined`, remove.
   */
  dpopProof(
    request: Request,
    token: string,
    key: CryptoKeyPair,
    options?: TestProofOptions,
  ): Promise<string>
  /** From now on introspection calls the token inactive. A JWT's signature holds all the same. */
  revoke(token: string): void
  /** Signs with a new key from now on, and publishes only that one. */
  rotateKeys(): Promise<void>
  /**
   * Makes a document fail until {@link restore}: no connection, status 500, an HTML page, no answer
   * until the caller gives up, or a document of another issuer.
   *
   * @param document Which one. Without it, all of them.
   */
  fail(mode: TestFailure, document?: TestDocument): void
  /** Ends every failure. */
  restore(): void
}

/**
 * Makes an authorization server in memory. Nothing happens until it is first used, so it may be made
 * at module scope; it runs wherever the library does and needs no test runner.
 *
 * With `now` it is deterministic: names, identifiers and times are counted, not drawn. Keys and
 * signatures are real and therefore differ from run to run.
 *
 * Does not check: client credentials at introspection, of which any will do; and it has no login. It
 * stands in for what a resource sees of an authorization server, not for what a client sees.
 *
 * @param options Its name, its clock, and whom its tokens are for.
 * @returns The issuer.
 * @throws {ConfigError} If `issuer` is not an issuer identifier.
 * @example Refusing an expired token
 * ```ts
 * const issuer = createTestIssuer({ resource: 'https://api.example.com/notes' })
 * const notes = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [issuer.issuer],
 *   fetch: issuer.fetch,
 * })
 * await verifyAccessToken(await issuer.token({ exp: 0 }), notes) // throws token_expired
 * ```
 */
export function createTestIssuer(options: TestIssuerOptions = {}): TestIssuer {
  const { issuer = 'https://issuer.test', algorithm = 'ES256', now = hostNow } = options
  const message = issuerProblem(issuer, false)
  if (message !== undefined) throw new ConfigError([{ path: 'issuer', message }])

  const metadata = buildTestMetadata(issuer, algorithm, options.metadata)
  const state: TestServerState = {
    metadata,
    now,
    keys: createKeyRing(algorithm),
    issued: new Map(),
    revoked: new Set(),
    failures: new Map(),
    requests: { metadata: 0, jwks: 0, introspection: 0 },
  }
  let tokens = 0
  let proofs = 0

  return {
    issuer,
    metadata,
    requests: state.requests,
    fetch: (input, init) => answer(state, input, init),
    jwks: async () => publicKeySet(await state.keys.current()),
    token: (claims, tokenOptions) => {
      tokens += 1
      const identity = { issuer, resource: options.resource, serial: tokens }
      return createAccessToken(state, identity, claims, tokenOptions)
    },
    dpopProof: (request, token, key, proofOptions) => {
      proofs += 1
      const identity = { jti: `proof-${proofs}`, now: now() }
      return createDpopProof(request, token, key, identity, proofOptions)
    },
    revoke: (token) => {
      state.revoked.add(token)
    },
    rotateKeys: () => state.keys.rotate(),
    fail: (mode, document) => {
      for (const each of document === undefined ? DOCUMENTS : [document]) {
        state.failures.set(each, mode)
      }
    },
    restore: () => state.failures.clear(),
  }
}

const DOCUMENTS: readonly TestDocument[] = ['metadata', 'jwks', 'introspection']
