/** Header fields that pass the gateway, one by one. */

import { describe, expect, it } from 'vitest'
import {
  fieldNameProblem,
  forwardingFields,
  isFieldValue,
  normalName,
  requestFields,
  responseFields,
} from '../../src/gateway/fields.ts'

const NONE = { own: new Set<string>(), token: undefined }

function sent(fields: Record<string, string>, filter: Parameters<typeof requestFields>[1] = NONE) {
  return requestFields(new Headers(fields), filter).map(([name]) => name)
}

describe('requestFields()', () => {
  it.each([
    'authorization',
    'cookie',
    'dpop',
    'expect',
    'forwarded',
    'host',
    'connection',
    'te',
    'proxy-authorization',
    'transfer-encoding',
    'x-forwarded-for',
    'x-forwarded-user',
    'x_forwarded_user',
    'x-forwarded_proto',
    'client-cert',
    'client-cert-chain',
    'x-ssl-client-cert',
    'x_ssl_client_cert',
    'x-forwarded-client-cert',
    'x-clientcert',
    'ssl-client-verify',
    'x-ssl-client-s-dn',
    'proxy_authorization',
    'keep_alive',
    'x-http-method-override',
    'x-http-method',
    'x-method-override',
    'x-original-url',
    'x_original_url',
    'x.forwarded.user',
    'client~cert',
    'x-original-uri',
    'x-original-method',
    'x-rewrite-url',
  ])('removes %s', (name) => {
    expect(sent({ [name]: 'a', kept: 'b' })).toEqual(['kept'])
  })

  it.each([
    'accept',
    'accept-language',
    'content-type',
    'content-length',
    'mcp-session-id',
    'mcp-protocol-version',
    'last-event-id',
    'origin',
    'x-user',
    'x_user',
    'cookie2',
    'x-authorization',
    'my-x-forwarded-for',
    'x-forwarded',
    'x-mcp_y',
    'x_content_type',
    'x-last_event_id',
    'origin_trial',
    'last-event-id_2',
  ])('passes %s on with its value', (name) => {
    expect(requestFields(new Headers({ [name]: 'a, b' }), NONE)).toEqual([[name, 'a, b']])
  })

  it.each([
    'mcp_session_id',
    'mcp-session_id',
    'mcp_protocol_version',
    'content_type',
    'content_length',
    'last_event_id',
    'last-event_id',
    'mcp.session.id',
    'content.length',
  ])('removes %s, which CGI reads as a field that was checked', (name) => {
    expect(sent({ [name]: 'a' })).toEqual([])
  })

  it('removes the fields that Connection lists', () => {
    const fields = { connection: 'close, X-Hop', 'x-hop': '1', 'x-other': '2' }
    expect(sent(fields)).toEqual(['x-other'])
  })

  it('removes every spelling of the fields that the gateway sets', () => {
    const own = new Set(['x-user-id'])
    const fields = { 'x-user-id': '1', x_user_id: '1', 'x-user_id': '1', 'x-user': '1' }
    expect(sent(fields, { own, token: undefined })).toEqual(['x-user'])
  })

  it('removes fields that contain the token, and those that are a short one', () => {
    const [long, short] = ['t'.repeat(16), 't'.repeat(15)]
    const with16 = { own: new Set<string>(), token: long }
    expect(sent({ a: `Bearer ${long}`, b: long, c: short }, with16)).toEqual(['c'])
    const with15 = { own: new Set<string>(), token: short }
    expect(sent({ a: `Bearer ${short}`, b: short, c: 'x' }, with15)).toEqual(['a', 'c'])
  })
})

describe('normalName()', () => {
  it('is in lower case and has hyphens', () => {
    expect(normalName('X_User_Id')).toBe('x-user-id')
  })
})

describe('forwardingFields()', () => {
  it.each([
    ['https://rs.example/mcp', 'rs.example', 'https'],
    ['http://localhost:3000/mcp', 'localhost:3000', 'http'],
  ])('of %s', (url, host, scheme) => {
    expect(forwardingFields(new URL(url))).toEqual([
      ['forwarded', `host="${host}";proto=${scheme}`],
      ['x-forwarded-host', host],
      ['x-forwarded-proto', scheme],
    ])
  })
})

describe('responseFields()', () => {
  const received = (fields: readonly (readonly [string, string])[], status = 200) =>
    responseFields({ fields, status }, (value) => (value === 'bad' ? undefined : `public ${value}`))

  it.each([
    'WWW-Authenticate',
    'Set-Cookie',
    'set-cookie2',
    'DPoP-Nonce',
    'Access-Control-Allow-Origin',
    'access-control-x',
    'Proxy-Authenticate',
    'Keep-Alive',
    'Transfer-Encoding',
  ])('removes %s', (name) => {
    expect(
      received([
        [name, 'a'],
        ['Kept', 'b'],
      ]),
    ).toEqual([['kept', 'b']])
  })

  it.each([
    [204, []],
    [205, []],
    [304, [['content-length', '5']]],
    [200, [['content-length', '5']]],
  ])('of a %i: keeps a length where a body, or none, agrees with it', (status, kept) => {
    expect(received([['Content-Length', '5']], status)).toEqual(kept)
  })

  it('removes the fields that any Connection lists', () => {
    const fields = received([
      ['Connection', 'X-One'],
      ['X-One', '1'],
      ['x-two', '2'],
      ['X-Three', '3'],
      ['connection', 'close, x-TWO'],
    ])
    expect(fields).toEqual([['x-three', '3']])
  })

  it('keeps fields that come twice, in order', () => {
    const fields = [
      ['link', '<a>'],
      ['link', '<b>'],
    ] as const
    expect(received(fields)).toEqual(fields)
  })

  it('rewrites Location and Content-Location, and removes those that are no URL', () => {
    const fields = received([
      ['Location', '/a'],
      ['Content-Location', '/b'],
      ['X-Location', '/c'],
    ])
    expect(fields).toEqual([
      ['location', 'public /a'],
      ['content-location', 'public /b'],
      ['x-location', '/c'],
    ])
    expect(
      received([
        ['Location', 'bad'],
        ['content-location', 'bad'],
      ]),
    ).toEqual([])
  })
})

describe('isFieldValue()', () => {
  it.each(['', 'a', 'ab', '!', '~', 'a b', 'a  b', 'Basic YTpi'])('accepts %j', (value) => {
    expect(isFieldValue(value)).toBe(true)
  })

  it.each([' ', ' a', 'a ', 'a\n', '\na', 'a\r\nb', 'a\tb', 'é', '\x7f', '\0', 5, undefined, null])(
    'rejects %j',
    (value) => {
      expect(isFieldValue(value)).toBe(false)
    },
  )
})

describe('fieldNameProblem()', () => {
  it.each(['X-User', 'Authorization', 'x_user', 'Cookie', 'X-Forwarded-User'])(
    'accepts %s',
    (name) => {
      expect(fieldNameProblem(name)).toBeUndefined()
    },
  )

  it.each(['', 'X User', 'X:User', 'Ü', 'a\n'])('rejects %j', (name) => {
    expect(fieldNameProblem(name)).toBe('must be the name of a header field')
  })

  it.each([
    'Content-Encoding',
    'Content-Length',
    'Content_Length',
    'Content-Type',
    'Expect',
    'Forwarded',
    'Host',
    'X-Forwarded-Host',
    'X_Forwarded_Proto',
    'Connection',
    'Transfer_Encoding',
  ])('rejects %s', (name) => {
    expect(fieldNameProblem(name)).toBe('is set by the gateway or by the connection')
  })
})
