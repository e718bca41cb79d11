/** The introspection endpoint (RFC 7662), which signs its response on request (RFC 9701). */

import { decodeBase64urlText } from '../lib/base64url.ts'
import { parseObjectText } from '../lib/json.ts'
import { signJwt } from './sign.ts'
import type { TestServerState } from './state.ts'

const SIGNED = 'application/token-introspection+jwt'

/** Responds to a request to the introspection endpoint in the name of `issuer`. */
export async function introspect(
  state: TestServerState,
  request: Request,
  issuer: string,
): Promise<Response> {
  if (request.method !== 'POST') {
    return new Response(null, { status: 405, headers: { Allow: 'POST' } })
  }
  const form = new URLSearchParams(await request.text())
  const client = clientOf(request.headers.get('Authorization'), form)
  if (client === undefined) {
    return Response.json(
      { error: 'invalid_client' },
      { status: 401, headers: { 'WWW-Authenticate': 'Basic realm="test issuer"' } },
    )
  }
  const token = form.get('token')
  if (token === null) return Response.json({ error: 'invalid_request' }, { status: 400 })
  const response = describe(state, token, issuer)
  const wantsSigned = request.headers.get('Accept')?.includes(SIGNED) ?? false
  return wantsSigned ? signed(state, response, client, issuer) : Response.json(response)
}

/** RFC 7662 §2.2: unknown, expired, not yet valid and revoked tokens are inactive, without a reason. */
function describe(
  state: TestServerState,
  token: string,
  issuer: string,
): Readonly<Record<string, unknown>> {
  const claims = state.issued.get(token)
  if (claims === undefined || state.revoked.has(token) || !isInForce(claims, state.now())) {
    return { active: false }
  }
  const owner = issuer === state.metadata.issuer ? {} : { iss: issuer }
  return { active: true, token_type: typeOf(claims), ...claims, ...owner }
}

function isInForce({ exp, nbf }: Readonly<Record<string, unknown>>, now: number): boolean {
  if (typeof exp === 'number' && exp <= now) return false
  return !(typeof nbf === 'number' && nbf > now)
}

function typeOf({ cnf }: Readonly<Record<string, unknown>>): 'DPoP' | 'Bearer' {
  return typeof cnf === 'object' && cnf !== null && 'jkt' in cnf ? 'DPoP' : 'Bearer'
}

/** RFC 9701 §5 */
async function signed(
  state: TestServerState,
  response: Readonly<Record<string, unknown>>,
  client: string,
  issuer: string,
): Promise<Response> {
  const { kid, algorithm, pair } = await state.keys.current()
  const header = { alg: algorithm, kid, typ: 'token-introspection+jwt' }
  const claims = { iss: issuer, aud: client, iat: Math.floor(state.now()) }
  const jwt = await signJwt(header, { ...claims, token_introspection: response }, pair.privateKey)
  return new Response(jwt, { headers: { 'Content-Type': SIGNED } })
}

/** RFC 7662 §2.1: the caller must authenticate. Any client and any secret pass. */
function clientOf(authorization: string | null, form: URLSearchParams): string | undefined {
  const basic = /^Basic ([A-Za-z0-9+/]+=*)$/i.exec(authorization ?? '')?.[1]
  if (basic !== undefined) return formDecode(atob(basic).split(':')[0] ?? '')
  const assertion = form.get('client_assertion')
  if (assertion !== null) return form.get('client_id') ?? subjectOf(assertion)
  return form.has('client_secret') ? (form.get('client_id') ?? undefined) : undefined
}

/** RFC 6749 §2.3.1: client id and secret are form-encoded, in which a space is a plus sign. */
function formDecode(text: string): string {
  return new URLSearchParams(`id=${text}`).get('id') ?? ''
}

/** RFC 7523 §3: the subject of the assertion is the client. */
function subjectOf(assertion: string): string | undefined {
  const payload = decodeBase64urlText(assertion.split('.')[1] ?? '')
  const claims = payload === undefined ? undefined : parseObjectText(payload)
  return typeof claims?.['sub'] === 'string' ? claims['sub'] : undefined
}
