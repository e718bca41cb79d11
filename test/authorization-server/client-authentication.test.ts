import { decodeJwt, exportJWK, generateKeyPair, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import {
  type ClientCredentials,
  createClientAuthentication,
} from '../../src/authorization-server/client-authentication.ts'
import type { Jwk } from '../../src/contract/documents.ts'
import { START } from '../support/clock.ts'

const ISSUER = 'https://as.example'

async function authenticate(options: Partial<ClientCredentials>, now = START) {
  const all: ClientCredentials = { id: 'us', ...options }
  const form = new URLSearchParams({ token: 't' })
  const post = await createClientAuthentication(all, ISSUER)(form, now)
  return { headers: post.headers, form: Object.fromEntries(post.form) }
}

describe('createClientAuthentication()', () => {
  it('sends id and secret in the header by default, form-encoded', async () => {
    expect(await authenticate({ id: 'u:s', secret: 'p w' })).toEqual({
      headers: { Authorization: `Basic ${btoa('u%3As:p+w')}` },
      form: { token: 't' },
    })
  })

  it('sends an empty secret', async () => {
    const { headers } = await authenticate({})
    expect(headers).toEqual({ Authorization: `Basic ${btoa('us:')}` })
  })

  it('sends both in the form with client_secret_post', async () => {
    const options = { secret: 's', authMethod: 'client_secret_post' } as const
    expect(await authenticate(options)).toEqual({
      headers: {},
      form: { token: 't', client_id: 'us', client_secret: 's' },
    })
  })

  it.each(['key', 'jwk'])(
    'signs an assertion for the issuer that is valid for a minute, with a %s',
    async (kind) => {
      const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
      const given = kind === 'key' ? privateKey : ((await exportJWK(privateKey)) as Jwk)
      const options = { privateKey: given, keyId: 'k1' }
      const { headers, form } = await authenticate(options, START + 0.9)
      expect(headers).toEqual({})
      expect(form).toEqual({
        token: 't',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: expect.any(String),
      })
      const { client_assertion: assertion = '' } = form
      const verified = await jwtVerify(assertion, publicKey, {
        currentDate: new Date(START * 1000),
      })
      expect(verified.protectedHeader).toEqual({ alg: 'ES256', typ: 'JWT', kid: 'k1' })
      expect(verified.payload).toEqual({
        iss: 'us',
        sub: 'us',
        aud: ISSUER,
        jti: expect.any(String),
        iat: START,
        exp: START + 60,
      })
      const again = await authenticate(options)
      expect(decodeJwt(again.form['client_assertion'] ?? '').jti).not.toBe(verified.payload.jti)
    },
  )

  it('signs with the JWK as it was given, whatever the application does with it later', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
    const given: Jwk = { ...((await exportJWK(privateKey)) as Jwk) }
    const sign = createClientAuthentication({ id: 'us', privateKey: given }, ISSUER)
    Object.assign(
      given,
      await exportJWK((await generateKeyPair('ES256', { extractable: true })).privateKey),
    )
    const { form } = await sign(new URLSearchParams(), START)
    const verified = await jwtVerify(form.get('client_assertion') ?? '', publicKey, {
      currentDate: new Date(START * 1000),
    })
    expect(verified.payload.sub).toBe('us')
  })

  it('sends no kid without keyId', async () => {
    const { privateKey } = await generateKeyPair('ES256')
    const { form } = await authenticate({ privateKey })
    const [header = ''] = (form['client_assertion'] ?? '').split('.')
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({
      alg: 'ES256',
      typ: 'JWT',
    })
  })

  it('sends the assertion of a function, with the client id', async () => {
    const assertion = async () => 'an assertion'
    expect(await authenticate({ assertion })).toEqual({
      headers: {},
      form: {
        token: 't',
        client_id: 'us',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: 'an assertion',
      },
    })
  })

  it.each(['', undefined, 1])('rejects where the function returns %j', async (value) => {
    const assertion = async () => value as string
    await expect(authenticate({ assertion })).rejects.toThrow('assertion must return a text')
  })
})
