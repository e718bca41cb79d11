/** An authorization server in memory for tests: no network, no ports, no timers. */

import { ConfigError } from '../contract/config-error.ts'
import type { CryptoKeyPairLike } from '../contract/crypto-key.ts'
import type { AuthorizationServerMetadata, Jwk } from '../contract/documents.ts'
import { hostNow } from '../contract/ports.ts'
import { issuerProblem } from '../identifiers/issuer.ts'
import { nearestName } from '../lib/edit-distance.ts'
import { isObject, kindOf } from '../lib/json.ts'
import { createAccessToken, type TestTokenOptions } from './access-token.ts'
import { createDpopProof, type TestProofOptions } from './dpop-proof.ts'
import { respondTo } from './endpoints.ts'
import { createKeyRing, publicKeySet } from './keys.ts'
import { buildTestMetadata, type TestDocument } from './metadata.ts'
import type { TestFailure, TestServerState } from './state.ts'

export type { TestTokenOptions } from './access-token.ts'
export type { TestProofOptions } from './dpop-proof.ts'
export type { TestDocument } from './metadata.ts'
export type { TestFailure } from './state.ts'

/**
 * Options of {@link createTestIssuer}.
 *
 * @example
 * ```ts
 * const options: TestIssuerOptions = {
 *   issuer: 'https://auth.example.com',
 *   resource: 'https://api.example.com/notes',
 *   now: () => 1_800_000_000,
 * }
 * const issuer = createTestIssuer(options)
 * ```
 */
export interface TestIssuerOptions {
  /** The issuer identifier. @default 'https://issuer.test' */
  issuer?: string | undefined
  /** The `aud` of its tokens. Without it, tokens have no `aud` unless their claims set one. */
  resource?: string | undefined
  /** The JWS algorithm of its signatures: any of RS, PS, ES, EdDSA or ML-DSA. @default 'ES256' */
  algorithm?: string | undefined
  /** The clock in seconds since the epoch. Pass the same one to your resource. @default the host's clock */
  now?: (() => number) | undefined
  /** Members of its metadata to add, replace or, with `undefined`, leave out. */
  metadata?: Readonly<Record<string, unknown>> | undefined
}

/**
 * The number of requests for each document, including failed ones.
 *
 * @example
 * ```ts
 * async function countRequests(): Promise<TestRequestCounts> {
 *   const issuer = createTestIssuer({ resource: 'https://api.example.com/notes' })
 *   const notes = resourceFor(issuer)
 *   await verifyAccessToken(await issuer.token(), notes)
 *   await verifyAccessToken(await issuer.token(), notes)
 *   return issuer.requests // → { metadata: 1, jwks: 1, introspection: 0 }
 * }
 * ```
 */
export type TestRequestCounts = Record<TestDocument, number>

/**
 * An authorization server that issues any token a test needs, valid or deliberately invalid.
 *
 * @example
 * ```ts
 * function resourceFor(issuer: TestIssuer) {
 *   return protectedResource({
 *     resource: 'https://api.example.com/notes',
 *     authorizationServers: [issuer.issuer],
 *     fetch: issuer.fetch,
 *   })
 * }
 * ```
 */
export interface TestIssuer {
  /** The issuer identifier, for `authorizationServers`. */
  readonly issuer: string
  /** The metadata as the issuer serves it. */
  readonly metadata: AuthorizationServerMetadata
  /** The numbers of requests so far. Set one to 0 to restart its count. */
  readonly requests: TestRequestCounts
  /**
   * Serves metadata, keys and introspection. Pass it as `protectedResource({ fetch })`.
   *
   * @throws {TypeError} If the URL is on another host, so that a test with a stray request fails.
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>
  /** Returns the key set as the issuer serves it. */
  jwks(): Promise<{ keys: Jwk[] }>
  /**
   * Issues an access token that is valid for one hour. Change its claims or options to get an invalid
   * one.
   *
   * @param claims Claims to add or replace; `undefined` removes one. The defaults are `iss`, `aud`,
   * `iat`, `exp`, `sub: 'user-1'`, `client_id: 'client-1'` and `jti`, without a scope.
   * @param options The format, the binding, and the header and key of a JWT.
   */
  token(claims?: Readonly<Record<string, unknown>>, options?: TestTokenOptions): Promise<string>
  /**
   * Creates a DPoP proof (RFC 9449 §4.2) for a request and its token.
   *
   * @param key The key pair that the token is bound to, or another one for an invalid proof.
   * @param options A nonce, and claims and header parameters to replace or, with `undefined`, remove.
   */
  dpopProof(
    request: Request,
    token: string,
    key: CryptoKeyPairLike,
    options?: TestProofOptions,
  ): Promise<string>
  /** Makes introspection report the token as inactive. The signature of a JWT stays valid. */
  revoke(token: string): void
  /** Generates a new key, and signs with it and publishes only it from now on. */
  rotateKeys(): Promise<void>
  /**
   * Makes a document fail until {@link restore}: no connection, status 500, an HTML page, no response
   * until the caller aborts, or a document that names another issuer.
   *
   * @param document The document that fails. Without it, all documents fail.
   */
  fail(mode: TestFailure, document?: TestDocument): void
  /** Ends every failure. */
  restore(): void
}

/**
 * Creates an authorization server in memory. It does nothing until its first use, so it may be created at
 * module scope. It runs on every runtime of the library and needs no test runner.
 *
 * With `now` it is deterministic: names, identifiers and times are counted. Keys and signatures are real
 * and differ from run to run.
 *
 * Does not check: client credentials at introspection; any credentials pass. It has no login: it replaces
 * what a resource sees of an authorization server, not what a client sees.
 *
 * @param options The issuer identifier, the clock, and the audience of its tokens.
 * @returns The issuer.
 * @throws {ConfigError} If `issuer` is not an issuer identifier, or an option is unknown.
 * @example
 * ```ts
 * const issuer = createTestIssuer({ resource: 'https://api.example.com/notes' })
 * const notes = protectedResource({
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: [issuer.issuer],
 *   fetch: issuer.fetch,
 * })
 * const token = await issuer.token({ exp: 0 })
 * const error = await verifyAccessToken(token, notes).catch((reason) => reason.code)
 * // → 'token_expired'
 * ```
 */
export function createTestIssuer(options: TestIssuerOptions = {}): TestIssuer {
  const given: unknown = options
  if (!isObject(given)) {
    const problem = `expected an object, found ${kindOf(given)}`
    throw new ConfigError([{ path: 'options', message: problem }])
  }
  const { issuer = 'https://issuer.test', algorithm = 'ES256', now = hostNow } = options
  const message = issuerProblem(issuer, false)
  if (message !== undefined) throw new ConfigError([{ path: 'issuer', message }])
  // Without types, a test would silently get other tokens than it means.
  const unknown = Object.keys(options).filter((name) => !OPTIONS.includes(name))
  if (unknown.length > 0) {
    throw new ConfigError(unknown.map((path) => ({ path, message: unknownOption(path) })))
  }

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
    fetch: (input, init) => respondTo(state, input, init),
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
      if (!FAILURES.includes(mode))
        throw new TypeError(`The mode must be ${FAILURES.join(' or ')}.`)
      if (document !== undefined && !DOCUMENTS.includes(document))
        throw new TypeError(`The document must be ${DOCUMENTS.join(' or ')}.`)
      for (const each of document === undefined ? DOCUMENTS : [document]) {
        state.failures.set(each, mode)
      }
    },
    restore: () => state.failures.clear(),
  }
}

const FAILURES: readonly TestFailure[] = ['unreachable', 'status', 'html', 'hang', 'wrong_issuer']
const OPTIONS: readonly string[] = ['issuer', 'resource', 'algorithm', 'now', 'metadata']
const DOCUMENTS: readonly TestDocument[] = ['metadata', 'jwks', 'introspection']

function unknownOption(name: string): string {
  const meant = nearestName(name, OPTIONS)
  return meant === undefined ? 'is not an option' : `is not an option; did you mean ${meant}?`
}
