import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import {
  type AuthContext,
  type AuthErrorCode,
  type AuthorizationServerMetadata,
  type AuthorizationServerOptions,
  ConfigError,
  checkAuthorizationServer,
  isConfigError,
  type Jwk,
  protect,
  protectedResource,
} from '../../src/index.ts'
import { definedMembers } from '../../src/lib/own-members.ts'
import * as presets from '../../src/providers/index.ts'
import {
  auth0,
  clerk,
  cognito,
  entra,
  entraMultiTenant,
  keycloak,
  okta,
  workos,
} from '../../src/providers/index.ts'
import { createClock, START } from '../support/clock.ts'
import { problemPaths } from '../support/config-problems.ts'
import { createKey, type SigningKey, sign } from '../support/issuer.ts'
import { expectRejection } from '../support/rejection.ts'
import vectors from '../vectors/providers.json' with { type: 'json' }
import { NEVER, ROWS } from './preset-rows/all.ts'
import { ENTRA_API } from './preset-rows/cloud.ts'
import {
  type Changes,
  type Claims,
  RESOURCE,
  type Row,
  type TokenVector,
  type Vector,
} from './preset-rows/preset-row.ts'

const METADATA_URL = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp'

const keys = new Map<string, readonly [SigningKey, SigningKey]>()

beforeAll(async () => {
  for (const alg of ['RS256', 'ES256', 'ES384']) {
    keys.set(alg, [await createKey('k1', alg), await createKey('k1', alg)])
  }
})

describe.each(ROWS)('$name', (row) => {
  test('requests the expected documents', async () => {
    const { handle, requests } = serve(row)
    const response = await handle(bearer(await tokenOf(row, row.good[0])))
    expect(response.status).toBe(200)
    expect(requests).toEqual(row.requests)
  })

  test.each(row.good)('accepts $title', async (good) => {
    const { handle, seen, codes } = serve(row)
    const { payload, expect: plain } = sampleOf(row, good)
    const claims = claimsOf(payload, good)
    const wanted = { ...plain, ...good.expect }
    const response = await handle(bearer(await tokenOf(row, good)))
    expect(codes).toEqual([])
    expect(response.status).toBe(200)
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({
      ok: true,
      anonymous: false,
      scheme: 'Bearer',
      identifier: RESOURCE,
      issuer: claims['iss'],
      subject: wanted.subject ?? undefined,
      clientId: wanted.clientId ?? '',
      scopes: wanted.scopes,
      audience: [claims['aud'] ?? claims['client_id']].flat(),
      expiresAt: claims['exp'],
    })
  })

  test.each([...row.bad, ...NEVER])('rejects $title', async (bad) => {
    const { handle, seen, codes } = serve(row)
    await expectRejected(await handle(bearer(await tokenOf(row, bad))), seen)
    expect(codes).toEqual([bad.code])
  })

  test('rejects a token signed with another key', async () => {
    const { handle, seen, codes } = serve(row)
    const [, foreign] = keyPairOf(row)
    await expectRejected(await handle(bearer(await tokenOf(row, row.good[0], foreign))), seen)
    expect(codes).toEqual(['token_signature'])
  })

  test('rejects an opaque token', async () => {
    const { handle, seen, codes, requests } = serve(row)
    await expectRejected(await handle(bearer('opaque-token')), seen)
    expect(codes).toEqual(['token_malformed'])
    expect(requests).toEqual([])
  })

  test('has the expected findings for the metadata of its provider', () => {
    for (const document of Object.values(vectorOf(row).documents)) {
      // WorkOS has a second document, which the preset does not read.
      if (row.vector === 'workos' && document['registration_endpoint'] === undefined) continue
      const findings = checkAuthorizationServer(document as AuthorizationServerMetadata)
      const faults = findings.filter(({ level }) => level !== 'pass').map(({ id }) => id)
      expect(faults.sort()).toEqual([...row.faults].sort())
    }
  })
})

describe('presets', () => {
  test('suggest an option only for a name that is like it', () => {
    const pool = { userPoolId: 'eu-west-2_AbCdEfGhI' }
    const messageFor = (name: string) => {
      try {
        cognito({ ...pool, [name]: 'x' })
      } catch (error) {
        return isConfigError(error) ? error.problems[0]?.message : undefined
      }
      return undefined
    }
    expect(messageFor('clientId')).toBe('is not an option; did you mean clientIds?')
    expect(messageFor('userpoolID')).toBe('is not an option; did you mean userPoolId?')
    for (const name of ['region', 'x', 'tenant']) {
      expect(messageFor(name)).toMatch(/^is not an option; it has userPoolId, /)
    }
  })

  test('accept a domain with or without scheme and slash', () => {
    const spellings = [
      'name.example',
      'https://name.example',
      'https://name.example/',
      'name.example/',
    ]
    for (const domain of spellings) {
      expect(auth0({ domain }).issuer).toBe('https://name.example/')
      expect(okta({ domain }).issuer).toBe('https://name.example/oauth2/default')
      expect(keycloak({ url: domain, realm: 'r' }).issuer).toBe('https://name.example/realms/r')
      expect(workos({ domain }).issuer).toBe('https://name.example')
    }
    expect(keycloak({ url: 'http://localhost:8080/auth', realm: 'r' }).issuer).toBe(
      'http://localhost:8080/auth/realms/r',
    )
  })

  test('accept a host of a private network with scheme or port, and localhost', () => {
    for (const url of ['https://keycloak', 'keycloak:8443', 'localhost', 'https://[::1]']) {
      expect(keycloak({ url, realm: 'r' }).issuer).toBe(
        `https://${url.replace('https://', '')}/realms/r`,
      )
    }
  })

  test('okta() rejects the domain of the console of administrators', () => {
    for (const domain of ['org-admin.okta.com', 'https://org-admin.oktapreview.com/']) {
      expect(() => okta({ domain })).toThrow(
        'okta.domain: has the wrong form; for example org.okta.com, without -admin',
      )
    }
    expect(okta({ domain: 'login-admin.example.com' }).issuer).toBe(
      'https://login-admin.example.com/oauth2/default',
    )
  })

  test('entra() rejects a tenant that is not a GUID', () => {
    for (const tenantId of ['common', 'organizations', 'contoso.onmicrosoft.com', '', 'x/../y']) {
      expect(() => entra({ tenantId, clientId: ENTRA_API })).toThrow(ConfigError)
    }
  })

  test('entraMultiTenant() rejects an empty list of tenants', () => {
    const server = entraMultiTenant({ clientId: ENTRA_API, allow: [] })
    expect(problemsOf(server)).toEqual(['authorizationServers[0].issuerTemplate.allow'])
  })

  test.each([
    ['cognito()', cognito({ userPoolId: 'eu-west-2_x', clientIds: [] })],
    ['clerk()', clerk({ domain: 'x.example', clientIds: [] })],
  ])('%s rejects an empty list of clients', (_name, server) => {
    expect(problemsOf(server)).toContain('authorizationServers[0].audience')
  })

  test('can be combined at one resource', () => {
    const servers = ROWS.filter(({ name }) => /^[a-z0-9A-Z]+\(\)$/.test(name))
    const single = servers
      .filter(({ vector }) => vector !== 'entra-multi')
      .map(({ server }) => server)
    expect(() =>
      protectedResource({ resource: RESOURCE, authorizationServers: single }),
    ).not.toThrow()
  })
})

describe('docs/guides/providers.md', () => {
  test('has exactly one row for every preset', async () => {
    const guide = await readFile(new URL('../../docs/guides/providers.md', import.meta.url), 'utf8')
    const calls = guide.split('\n').flatMap((line) => {
      const [, , call] = line.split(' | ').length === 4 ? line.split(/ ?\| /) : []
      return /^`(\w+)\(/.exec(call ?? '')?.[1] ?? []
    })
    expect(calls.sort()).toEqual(Object.keys(presets).sort())
  })
})

interface Served {
  readonly handle: (request: Request) => Promise<Response>
  /** The contexts that the handler received. */
  readonly seen: AuthContext[]
  readonly codes: AuthErrorCode[]
  readonly requests: string[]
}

function serve(row: Row): Served {
  const seen: AuthContext[] = []
  const codes: AuthErrorCode[] = []
  const requests: string[] = []
  const vector = vectorOf(row)
  const resource = protectedResource({
    resource: RESOURCE,
    // A copy, because resources with the same object share its documents.
    authorizationServers: [{ ...row.server }],
    now: createClock(START + 1).now,
    onEvent: (event) => {
      if (event.type === 'refused') codes.push(event.code)
    },
    fetch: async (url) => {
      requests.push(url)
      if (url === vector.jwks?.url) return Response.json({ keys: publishedKeys(row) })
      const name = vector.served[url]
      if (name === undefined) return new Response('Not found', { status: 404 })
      return Response.json(vector.documents[name])
    },
  })
  const handler = vi.fn((_request: Request, auth: AuthContext) => {
    seen.push(auth)
    return new Response('done')
  })
  return { handle: protect(resource, handler), seen, codes, requests }
}

/** The key set as the provider publishes it, with one key that is not for signatures. */
function publishedKeys(row: Row): Jwk[] {
  const [{ jwk }] = keyPairOf(row)
  const kid = kidOf(row)
  return [
    { ...jwk, kid: 'enc', use: 'enc', alg: 'RSA-OAEP' },
    definedMembers({ ...jwk, kid, ...row.key?.members }) as Jwk,
  ]
}

function tokenOf(row: Row, changes: Changes, key = keyPairOf(row)[0]): Promise<string> {
  const { header, payload } = sampleOf(row, changes)
  // Changes apply to the first valid token of the row by default.
  const base = changes.token === undefined ? row.good[0].claims : {}
  const claims = claimsOf(payload, { claims: { ...base, ...changes.claims } })
  // Some samples have no `kid`; then every key is tried.
  const kid = 'kid' in header ? kidOf(row) : undefined
  const merged = { typ: undefined, ...header, kid, ...changes.header }
  return sign(claims, { header: merged }, key)
}

function claimsOf(payload: Claims, { claims }: Changes): Claims {
  // Samples are years old, so their times are shifted together.
  const shift = START - (payload['iat'] as number)
  const times = Object.fromEntries(
    ['iat', 'nbf', 'exp', 'auth_time'].flatMap((name) =>
      typeof payload[name] === 'number' ? [[name, payload[name] + shift]] : [],
    ),
  )
  return definedMembers({ ...payload, ...times, ...claims })
}

function sampleOf(row: Row, { token }: Changes): Required<TokenVector> {
  const { tokens } = vectorOf(row)
  const sample = tokens[token ?? row.good[0].token ?? Object.keys(tokens)[0] ?? '']
  if (sample?.payload === undefined) throw new Error(`${row.name} has no sample ${token}`)
  return sample as Required<TokenVector>
}

function vectorOf({ vector }: Row): Vector {
  return vectors[vector] as Vector
}

function kidOf(row: Row): string | undefined {
  const kid = sampleOf(row, row.good[0]).header['kid']
  return typeof kid === 'string' ? kid : 'k1'
}

function keyPairOf({ key }: Row): readonly [SigningKey, SigningKey] {
  const pair = keys.get(key?.alg ?? 'RS256')
  if (pair === undefined) throw new Error('no such key')
  return pair
}

function bearer(token: string): Request {
  return new Request(RESOURCE, { method: 'POST', headers: { Authorization: `Bearer ${token}` } })
}

async function expectRejected(response: Response, seen: readonly AuthContext[]): Promise<void> {
  expect(seen).toEqual([])
  await expectRejection(response, {
    status: 401,
    error: 'invalid_token',
    resourceMetadata: METADATA_URL,
  })
}

function problemsOf(server: AuthorizationServerOptions): string[] {
  return problemPaths(() =>
    protectedResource({ resource: RESOURCE, authorizationServers: [server] }),
  )
}
