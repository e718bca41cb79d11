import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { createKeySet } from '../../src/authorization-server/key-set.ts'
import { KeySource } from '../../src/authorization-server/key-source.ts'
import { givenDocument } from '../../src/documents/kept-document.ts'
import { RequestBudget } from '../../src/documents/request-budget.ts'
import { verifySignedResponse } from '../../src/opaque/signed-introspection-response.ts'
import { START } from '../support/clock.ts'

const URL = 'https://as.example/introspect'
const RESPONSE = { active: true, sub: 'alice' }

let keys: CryptoKeyPair
let others: CryptoKeyPair

beforeAll(async () => {
  keys = await generateKeyPair('ES256')
  others = await generateKeyPair('ES256')
})

interface Changes {
  readonly header?: Record<string, unknown>
  readonly claims?: Record<string, unknown>
  readonly key?: CryptoKey
}

function response({ header, claims, key }: Changes = {}): Promise<string> {
  const members = {
    iss: 'https://as.example',
    aud: 'us',
    iat: START,
    token_introspection: RESPONSE,
  }
  return new SignJWT({ ...members, ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'token-introspection+jwt', ...header })
    .sign(key ?? keys.privateKey, { crit: { b64: true } })
}

/** The response, or the violation. */
async function verify(text: string, find?: KeySource['find']): Promise<unknown> {
  const { kid: _, ...jwk } = await exportJWK(keys.publicKey)
  const source: KeySource = new KeySource(
    givenDocument(createKeySet({ keys: [jwk] }), 'https://as.example'),
    {
      now: () => START,
      acceptsKeyIssuer: () => true,
      report: () => {},
    },
  )
  if (find !== undefined) source.find = find
  const rules = {
    issuer: 'https://as.example',
    clientId: 'us',
    audience: {
      resource: 'https://rs.example/mcp',
      accepted: ['api://notes'],
      allowMissing: false,
      substitute: 'client_id',
    },
    toleranceSeconds: 30,
  }
  const dependencies = { url: URL, keys: source, now: START, budget: new RequestBudget() }
  const outcome = await verifySignedResponse(text, rules, dependencies)
  if (outcome.ok) return outcome.value
  const { code, url, message, retryAfterSeconds } = outcome.error
  expect({ code, url }).toEqual({ code: 'invalid_document', url: URL })
  return { message: message.replace(`${URL} does not fit: `, ''), retryAfterSeconds }
}

function violation(message: string, retryAfterSeconds?: number) {
  return { message, retryAfterSeconds }
}

describe('verifySignedResponse()', () => {
  it.each<[string, Changes]>([
    ['one addressed to the client id', {}],
    [
      'one with the resource among other audiences',
      { claims: { aud: ['x', 'https://rs.example/mcp'] } },
    ],
    ['one addressed to an accepted audience', { claims: { aud: 'api://notes' } }],
    ['a type in capitals', { header: { typ: 'Token-Introspection+JWT' } }],
    ['a type in full', { header: { typ: 'application/token-introspection+jwt' } }],
    ['an iat at the very end of the tolerance', { claims: { iat: START + 30 } }],
    ['the oldest accepted iat', { claims: { iat: START - 330 } }],
    ['an exp within the tolerance', { claims: { exp: START - 29 } }],
  ])('reads %s', async (_, changes) => {
    expect(await verify(await response(changes))).toEqual(RESPONSE)
  })

  it.each<[string, unknown, Record<string, unknown>]>([
    ['the audience', 'api://other', { aud: 'api://other' }],
    ['one of the audiences', ['x', 'api://other'], { aud: ['api://other', 'api://more'] }],
    ['the substitute claim', 'client-1', { client_id: 'client-1' }],
    ['the substitute claim beside a null aud', 'client-1', { aud: null, client_id: 'client-1' }],
  ])('reads one addressed to %s of the token', async (_, aud, others) => {
    const members = { ...RESPONSE, ...others }
    expect(await verify(await response({ claims: { aud, token_introspection: members } }))).toEqual(
      members,
    )
  })

  it('rejects one addressed to another audience, or to none', async () => {
    const members = { ...RESPONSE, aud: 'api://other', client_id: 'client-1' }
    for (const aud of ['api://more', 'client-1', [], [['api://other']], undefined, null]) {
      const claims = { aud, token_introspection: members }
      expect(await verify(await response({ claims }))).toEqual(
        violation('aud is not this resource'),
      )
    }
    for (const aud of [undefined, null]) {
      const claims = { aud, token_introspection: RESPONSE }
      expect(await verify(await response({ claims }))).toEqual(
        violation('aud is not this resource'),
      )
    }
  })

  it('reads one with white space around it', async () => {
    expect(await verify(`\n${await response()}\r\n`)).toEqual(RESPONSE)
  })

  it.each<[string, Changes]>([
    ['typ is not token-introspection+jwt', { header: { typ: 'JWT' } }],
    ['typ is not token-introspection+jwt', { header: { typ: undefined } }],
    ['typ is not token-introspection+jwt', { header: { typ: 5 } }],
    [
      'typ is not token-introspection+jwt',
      { header: { typ: 'x/application/token-introspection+jwt' } },
    ],
    [
      'typ is not token-introspection+jwt',
      { header: { typ: 'token-application/introspection+jwt' } },
    ],
    ['it has a crit or b64 header', { header: { b64: true, crit: ['b64'] } }],
    ['it has a crit or b64 header', { header: { b64: true } }],
    ['kid is not a key ID', { header: { kid: 5 } }],
    ['kid is not a key ID', { header: { kid: 'k'.repeat(257) } }],
    ['iss is not the issuer', { claims: { iss: 'https://as.example/' } }],
    ['aud is not this resource', { claims: { aud: 'them' } }],
    ['aud is not this resource', { claims: { aud: undefined } }],
    ['iat is missing or in the future', { claims: { iat: undefined } }],
    ['iat is missing or in the future', { claims: { iat: START + 31 } }],
    ['iat is too old', { claims: { iat: START - 331 } }],
    ['exp has passed, or nbf is in the future', { claims: { exp: START - 30 } }],
    ['exp has passed, or nbf is in the future', { claims: { exp: `${START + 60}` } }],
    ['exp has passed, or nbf is in the future', { claims: { nbf: START + 31 } }],
    ['token_introspection is not an object', { claims: { token_introspection: [] } }],
  ])('rejects with %s: %j', async (message, changes) => {
    expect(await verify(await response(changes))).toEqual(violation(message))
  })

  it('rejects text that is not a JWT, and unsupported algorithms', async () => {
    expect(await verify('{"active":true}')).toEqual(violation('it is not a JWT'))
    const [, ...rest] = (await response()).split('.')
    for (const alg of ['none', 'HS256', 5]) {
      const header = Buffer.from(JSON.stringify({ typ: 'token-introspection+jwt', alg }))
      const text = [header.toString('base64url'), ...rest].join('.')
      expect(await verify(text)).toEqual(violation('alg is not supported'))
    }
  })

  it('rejects a crit header on its own', async () => {
    const [, ...rest] = (await response()).split('.')
    const members = { typ: 'token-introspection+jwt', alg: 'ES256', crit: ['exp'] }
    const header = Buffer.from(JSON.stringify(members)).toString('base64url')
    expect(await verify([header, ...rest].join('.'))).toEqual(
      violation('it has a crit or b64 header'),
    )
  })

  it('distinguishes a signature of another key from an unavailable key', async () => {
    const text = await response({ key: others.privateKey })
    expect(await verify(text)).toEqual(
      violation('its signature does not verify with a key of the issuer'),
    )
    const error = { code: 'unavailable', retryAfterSeconds: 7 } as const
    expect(await verify(text, async () => ({ ok: false, error }))).toEqual(
      violation('its key is unavailable', 7),
    )
  })
})
