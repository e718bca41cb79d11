/**
 * The authorization servers of the runtime suite: a correct one, and some that misbehave. They run in
 * the process of the test, so one set of keys signs for every runtime. A runtime reaches them over
 * loopback or, in workerd, through its only egress.
 */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { deflateSync } from 'node:zlib'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

export const NOW = 1_800_000_000
export const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const

export interface TokenSpec {
  readonly algorithm?: (typeof ALGORITHMS)[number]
  readonly issuer?: 'good' | 'down' | 'redirecting' | 'hanging' | 'cold' | 'https://as.example'
  readonly claims?: Readonly<Record<string, unknown>>
  /** Changes a claim after signing. */
  readonly tampered?: boolean
}

export interface AuthorizationServers {
  readonly origin: string
  /** The requested paths, in order. */
  readonly asked: string[]
  /** Replaces the response for a path. */
  readonly overrides: Map<string, () => Response | Promise<Response>>
  respond(path: string): Promise<Response>
  token(spec: TokenSpec): Promise<string>
  close(): Promise<void>
}

export async function startAuthorizationServers(): Promise<AuthorizationServers> {
  const asked: string[] = []
  const keys = await createKeys()
  const jwks = { keys: Object.values(keys).map(({ jwk }) => jwk) }
  const server = createServer(async (req, res) => {
    const response = await respond(req.url ?? '')
    res.writeHead(response.status, Object.fromEntries(response.headers))
    res.end(await response.text())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const overrides = new Map(Object.entries(misbehaviour(origin)))

  async function respond(path: string): Promise<Response> {
    asked.push(path)
    const [, issuer, document] = path.split('/')
    const own = overrides.get(path) ?? overrides.get(`/${issuer}/*`)
    if (own !== undefined) return own()
    if (path === '/page') return new Response('a page', { headers: { 'X-Page': 'yes' } })
    if (document === 'jwks') return Response.json(jwks)
    if (document === 'statuslist') return new Response(await signList(keys, `${origin}${path}`))
    if (document === 'introspect') {
      return Response.json({ active: true, ...goodClaims(`${origin}/${issuer}`) })
    }
    const name = /^\/\.well-known\/oauth-authorization-server\/(\w+)$/.exec(path)?.[1]
    if (name === undefined) return new Response(null, { status: 404 })
    return Response.json({ issuer: `${origin}/${name}`, jwks_uri: `${origin}/${name}/jwks` })
  }

  return {
    origin,
    asked,
    overrides,
    respond,
    token: (spec) => sign(spec, keys, origin),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function misbehaviour(origin: string): Record<string, () => Response | Promise<Response>> {
  return {
    '/.well-known/oauth-authorization-server/down': () => new Response('down', { status: 500 }),
    '/down/*': () => new Response('down', { status: 500 }),
    '/redirecting/jwks': () => Response.redirect(`${origin}/good/jwks`, 302),
    '/hanging/jwks': () => new Promise(() => {}),
  }
}

type Keys = Record<string, { readonly privateKey: CryptoKey; readonly jwk: JWK }>

async function createKeys(): Promise<Keys> {
  const pairs = ALGORITHMS.map(async (alg) => {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
    return [alg, { privateKey, jwk: { ...(await exportJWK(publicKey)), alg, kid: alg } }] as const
  })
  return Object.fromEntries(await Promise.all(pairs))
}

async function sign(
  { algorithm = 'ES256', issuer = 'good', claims = {}, tampered = false }: TokenSpec,
  keys: Keys,
  origin: string,
): Promise<string> {
  const key = keys[algorithm]
  if (key === undefined) throw new Error(`there is no key for ${algorithm}`)
  const iss = issuer.startsWith('https:') ? issuer : `${origin}/${issuer}`
  const payload = { ...goodClaims(iss), ...claims }
  const token = await new SignJWT(payload)
    .setProtectedHeader({ alg: algorithm, kid: algorithm, typ: 'at+jwt' })
    .sign(key.privateKey)
  if (!tampered) return token
  const [header, , signature] = token.split('.')
  const forged = Buffer.from(JSON.stringify({ ...payload, scope: 'read admin' }))
  return `${header}.${forged.toString('base64url')}.${signature}`
}

/** A status list with a million entries of two bits: VALID, and every eighth one INVALID from the second on. */
async function signList(keys: Keys, uri: string): Promise<string> {
  const key = keys['ES256']
  if (key === undefined) throw new Error('there is no key')
  const bytes = Buffer.alloc(250_000)
  for (let index = 0; index < bytes.length; index += 2) bytes[index] = 0b100
  const list = { bits: 2, lst: deflateSync(bytes).toString('base64url') }
  return new SignJWT({ sub: uri, iat: NOW, ttl: 300, status_list: list })
    .setProtectedHeader({ alg: 'ES256', kid: 'ES256', typ: 'statuslist+jwt' })
    .sign(key.privateKey)
}

function goodClaims(iss: string) {
  return {
    iss,
    aud: 'https://rs.example/mcp',
    sub: 'user-1',
    client_id: 'client-1',
    scope: 'read',
    iat: NOW,
    exp: NOW + 3600,
    jti: 'token-1',
  }
}
