import { describe, expect, it } from 'vitest'
import { UpstreamError, type UpstreamErrorCode } from '../../src/contract/errors.ts'
import { isOutage, postIntrospection } from '../../src/opaque/introspection-response.ts'

const URL = 'https://as.example/introspect'
const SIGNED_TYPE = 'application/token-introspection+jwt'

/** The result for a response, and the request. */
async function outcomeOf(response: Response, isSigned = false, isProven = true) {
  const requests: [string, RequestInit | undefined][] = []
  const fetch = async (url: string, init?: RequestInit) => {
    requests.push([url, init])
    return response
  }
  const post = {
    form: new URLSearchParams({ token: 'a:b' }),
    headers: { Authorization: 'Basic x' },
  }
  const policy = { fetch, timeoutMs: 1000, maxBytes: 100, allowHttp: false }
  const outcome = await postIntrospection({ url: URL, post, isSigned, isProven }, policy, 1000)
  return { outcome, requests }
}

function typed(type: string, body = '{}', status = 200): Response {
  return new Response(body, { status, headers: { 'Content-Type': type } })
}

describe('postIntrospection()', () => {
  it.each([
    [false, 'application/json'],
    [true, SIGNED_TYPE],
  ])('posts the form; signed is %s: accepts %s', async (isSigned, type) => {
    const { outcome, requests } = await outcomeOf(typed(type), isSigned)
    expect(outcome).toEqual({ ok: true, value: new TextEncoder().encode('{}') })
    expect(requests).toEqual([
      [
        URL,
        {
          method: 'POST',
          headers: {
            Accept: type,
            'Content-Type': 'application/x-www-form-urlencoded',
            Authorization: 'Basic x',
          },
          body: 'token=a%3Ab',
          redirect: 'manual',
          signal: expect.any(AbortSignal),
        },
      ],
    ])
  })

  it.each<[string, Response, boolean, UpstreamErrorCode, string, number]>([
    ['text', typed('text/plain'), false, 'not_json', 'did not answer with application/json', 200],
    [
      'JSON',
      typed('application/json'),
      true,
      'not_json',
      `did not answer with ${SIGNED_TYPE}`,
      200,
    ],
    ['a 404', typed('x/y', '', 404), false, 'status', 'answered with status 404', 404],
    ['a bare 401', typed('x/y', '', 401), false, 'status', 'answered with status 401', 401],
  ])('fails for %s', async (_what, response, isSigned, code, what, status) => {
    const { outcome } = await outcomeOf(response, isSigned)
    expect(outcome).toEqual({ ok: false, error: expect.any(UpstreamError) })
    const message = `${URL} ${what}`
    expect(outcome).toMatchObject({ error: { code, url: URL, message, status } })
  })

  it('reads a 400 as inactive where the endpoint is proven', async () => {
    const read = async (isProven: boolean) =>
      (await outcomeOf(new Response(null, { status: 400 }), false, isProven)).outcome
    expect(await read(true)).toEqual({ ok: true, value: 'inactive' })
    expect(await read(false)).toMatchObject({ ok: false, error: { status: 400 } })
  })
})

describe('isOutage()', () => {
  it.each<[UpstreamErrorCode, number | undefined, boolean]>([
    ['timeout', undefined, true],
    ['unreachable', undefined, true],
    ['status', 429, true],
    ['status', 503, true],
    ['status', 500, false],
    ['status', 428, false],
    ['status', 504, false],
    ['not_json', 200, false],
    ['invalid_document', undefined, false],
  ])('%s %s: %s', (code, status, expected) => {
    expect(isOutage(new UpstreamError(code, URL, { status }))).toBe(expected)
  })
})
