/** What users have allowed: authorization codes, refresh tokens and access tokens, in memory. */

import { randomBytes } from 'node:crypto'
import { BoundedMap } from '../../lib/bounded-map.ts'
import type { TestIssuer } from '../../testing/index.ts'

/** Claims about a login, which refreshing does not change (RFC 9068 §2.2.1, RFC 9470 §6.1). */
interface Login {
  readonly acr: string | undefined
  readonly auth_time: number
}

/** One consent of one user to one client. */
export interface Grant {
  readonly id: string
  readonly user: string
  readonly clientId: string
  readonly clientName: string
  readonly resource: string
  readonly scopes: readonly string[]
  /** Whether the authorization request named scopes. */
  readonly namesScopes: boolean
  readonly login: Login | undefined
  readonly createdAt: Date
  isRevoked: boolean
  readonly accessTokens: string[]
}

/** A code and what it must be redeemed with (RFC 7636, RFC 8707, RFC 9449 §10). */
interface CodeData {
  readonly clientId: string
  readonly clientName: string
  readonly redirectUri: string
  readonly challenge: string
  /** The `dpop_jkt` of the authorization request. */
  readonly proofKey: string | undefined
  readonly user: string
  readonly scopes: readonly string[]
  readonly namesScopes: boolean
  readonly login: Login
  readonly resource: string
  readonly expiresAt: number
}

/** A user, and what it allows a client. */
type Holder = Pick<CodeData, 'clientId' | 'clientName' | 'user' | 'scopes' | 'resource'> &
  Partial<Pick<CodeData, 'login' | 'namesScopes'>>

/** A code that was used, and what it gave. */
interface Redeemed {
  readonly data: CodeData
  readonly grant: Grant
}

interface RefreshData {
  readonly grant: Grant
  /** The key that it is bound to. */
  readonly thumbprint: string | undefined
  isUsed: boolean
}

const CODE_SECONDS = 60
const MAX_CODES = 1000

export class Grants {
  readonly #issuer: TestIssuer
  readonly #codes = new BoundedMap<CodeData>({ maxEntries: MAX_CODES })
  readonly #redeemed = new Map<string, Redeemed>()
  readonly #refresh = new Map<string, RefreshData>()
  readonly #byAccessToken = new Map<string, Grant>()
  readonly #grants: Grant[] = []

  constructor(issuer: TestIssuer) {
    this.#issuer = issuer
  }

  get all(): readonly Grant[] {
    return this.#grants
  }

  createCode(data: Omit<CodeData, 'expiresAt'>): string {
    const code = secret()
    this.#codes.set(code, { ...data, expiresAt: Date.now() / 1000 + CODE_SECONDS })
    return code
  }

  /** What a code must be redeemed with, used or not. */
  peekCode(code: string): CodeData | undefined {
    return this.#codes.get(code) ?? this.#redeemed.get(code)?.data
  }

  /**
   * Uses a code, once, for a request that is valid. RFC 6749 §4.1.2: a second use revokes what the first one gave. OAuth
   * 2.1, Reuse of Authorization Codes: an invalid request does not, because its sender may hold nothing but the code.
   */
  redeemCode(code: string): Grant | undefined {
    const data = this.#codes.get(code)
    this.#codes.delete(code)
    if (data === undefined) {
      const redeemed = this.#redeemed.get(code)
      if (redeemed !== undefined) this.revoke(redeemed.grant)
      return undefined
    }
    if (data.expiresAt <= Date.now() / 1000) return undefined
    const grant = this.#add(data)
    this.#redeemed.set(code, { data, grant })
    return grant
  }

  /** An access token without a login. */
  issue(data: Holder): Promise<string> {
    const grant = this.#add(data)
    return this.accessToken(grant, grant.scopes, undefined)
  }

  #add(data: Holder): Grant {
    const { clientId, clientName, user, scopes, namesScopes = false, login, resource } = data
    const grant: Grant = {
      id: secret(),
      user,
      clientId,
      clientName,
      resource,
      scopes,
      namesScopes,
      login,
      createdAt: new Date(),
      isRevoked: false,
      accessTokens: [],
    }
    this.#grants.push(grant)
    return grant
  }

  /** @param thumbprint The key that the token is bound to (RFC 9449 §6.1). */
  async accessToken(
    grant: Grant,
    scopes: readonly string[],
    thumbprint: string | undefined,
  ): Promise<string> {
    const token = await this.#issuer.token({
      sub: grant.user,
      client_id: grant.clientId,
      aud: grant.resource,
      scope: scopes.length === 0 ? undefined : scopes.join(' '),
      ...grant.login,
      jti: secret(),
      cnf: thumbprint === undefined ? undefined : { jkt: thumbprint },
    })
    grant.accessTokens.push(token)
    this.#byAccessToken.set(token, grant)
    return token
  }

  refreshToken(grant: Grant, thumbprint: string | undefined): string {
    const token = secret()
    this.#refresh.set(token, { grant, thumbprint, isUsed: false })
    return token
  }

  /**
   * The grant of a refresh token, which is used up. RFC 9700 §4.14.2: a second use of a rotated token revokes the
   * grant, because one of the two senders may have stolen it.
   */
  takeRefreshToken(token: string, clientId: string): Grant | undefined {
    const data = this.#refresh.get(token)
    if (data === undefined || data.grant.clientId !== clientId) return undefined
    if (data.isUsed) this.revoke(data.grant)
    if (data.grant.isRevoked) return undefined
    data.isUsed = true
    return data.grant
  }

  /** A refresh token that this client may still use, without a use. */
  peekRefreshToken(token: string, clientId: string): Readonly<RefreshData> | undefined {
    const data = this.#refresh.get(token)
    if (data === undefined || data.isUsed) return undefined
    return data.grant.clientId === clientId && !data.grant.isRevoked ? data : undefined
  }

  /** The grant of any token of this issuer (RFC 7009 §2.1). */
  find(token: string): { readonly grant: Grant; readonly isAccessToken: boolean } | undefined {
    const grant = this.#byAccessToken.get(token)
    if (grant !== undefined) return { grant, isAccessToken: true }
    const refreshed = this.#refresh.get(token)
    return refreshed && { grant: refreshed.grant, isAccessToken: false }
  }

  revokeAccessToken(token: string): void {
    this.#issuer.revoke(token)
  }

  /** Ends refreshing, and introspection responds `active: false`. A JWT stays valid where it is not introspected. */
  revoke(grant: Grant): void {
    grant.isRevoked = true
    for (const token of grant.accessTokens) this.#issuer.revoke(token)
  }
}

function secret(): string {
  return randomBytes(24).toString('base64url')
}
