import { describe, expect, it } from 'vitest'
import { decisionLine, otherLine } from '../../../src/cli/serve/decision-log.ts'
import { type AuthEvent, authenticate, protectedResource } from '../../../src/index.ts'
import { createTestIssuer } from '../../../src/testing/index.ts'

const RESOURCE = 'https://rs.example/mcp'
const TIME = new Date(0)

/** The events of one request while the metadata of the server names this key set. */
async function eventsWithKeysAt(url: string): Promise<AuthEvent[]> {
  const events: AuthEvent[] = []
  const issuer = createTestIssuer({ resource: RESOURCE, metadata: { jwks_uri: url } })
  const resource = protectedResource({
    resource: RESOURCE,
    authorizationServers: [issuer.issuer],
    fetch: issuer.fetch,
    onEvent: (event) => events.push(event),
  })
  const headers = { Authorization: `Bearer ${await issuer.token()}` }
  await authenticate(new Request(RESOURCE, { headers }), resource)
  return events
}

describe('otherLine', () => {
  it('writes one line for a URL of a document that contains a line break and an escape', async () => {
    const events = await eventsWithKeysAt('https://issuer.test/ke\nys\u001b[2J\u2028')
    const lines = events.filter(({ type }) => type === 'document').map(otherLine)
    expect(lines).toEqual([
      'fetched https://issuer.test/.well-known/oauth-authorization-server\n',
      'failed https://issuer.test/ke\uFFFDys\uFFFD[2J\uFFFD status 404\n',
    ])
  })

  it('writes path and message of a warning, and nothing for a decision', async () => {
    const warning = { type: 'warning', path: 'resource', message: 'has no path' } as const
    expect(otherLine(warning)).toBe('warning: resource: has no path\n')
    const [decision] = (await eventsWithKeysAt('https://issuer.test/jwks')).slice(-1)
    expect(decision && otherLine(decision)).toBe('')
  })
})

describe('decisionLine', () => {
  const refused = {
    type: 'refused',
    resource: RESOURCE,
    code: 'token_audience',
    status: 401,
    issuer: 'https://issuer.test',
    expected: [RESOURCE],
    received: ['https://other.example'],
  } as const
  const accepted = {
    type: 'accepted',
    resource: RESOURCE,
    issuer: 'https://issuer.test',
    cached: false,
  } as const

  it('writes decisions as text without members that are absent', () => {
    const start = '1970-01-01T00:00:00.000Z'
    expect(decisionLine(accepted, 'text', TIME)).toBe(
      `${start} allowed 200 ${RESOURCE} https://issuer.test\n`,
    )
    expect(decisionLine(refused, 'text', TIME)).toBe(
      `${start} rejected 401 token_audience ${RESOURCE} https://issuer.test expected: ${RESOURCE} received: https://other.example\n`,
    )
  })

  it('writes decisions as JSON with all members, and nothing for other events', () => {
    expect(JSON.parse(decisionLine(refused, 'json', TIME) ?? '')).toEqual({
      time: TIME.toISOString(),
      outcome: 'rejected',
      status: 401,
      resource: RESOURCE,
      code: 'token_audience',
      issuer: 'https://issuer.test',
      expected: [RESOURCE],
      received: ['https://other.example'],
    })
    expect(decisionLine({ type: 'warning', path: '', message: '' }, 'json', TIME)).toBeUndefined()
  })
})
