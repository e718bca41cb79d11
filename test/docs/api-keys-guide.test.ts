/** The program in docs/guides/api-keys.md works as the guide says. */

import { readFileSync } from 'node:fs'
import { protect, protectedResource, UpstreamError } from 'mcp-gatehouse'
import { describe, expect, it } from 'vitest'
import { type ApiKey, apiKeys, sha256 } from '../../examples/recipes/api-keys.ts'
import { createTestIssuer } from '../../src/testing/index.ts'
import { bearerChallenge } from '../support/rejection.ts'

const RESOURCE = 'https://api.example.com/mcp'
const METADATA = 'https://api.example.com/.well-known/oauth-protected-resource/mcp'

/** Sends a request with a token, and lists the codes and subjects that follow. */
async function send(token: string, failure?: Error) {
  const issuer = createTestIssuer({ resource: RESOURCE })
  const stored = new Map<string, ApiKey>([
    [await sha256('key_reader'), { owner: 'robot-1', scopes: ['notes:read'] }],
    [await sha256('key_weak'), { owner: 'robot-2', scopes: [] }],
  ])
  const keys = apiKeys(async (digest) => {
    if (failure !== undefined) throw failure
    return stored.get(digest)
  })
  const codes: string[] = []
  const subjects: (string | undefined)[] = []
  const notes = protectedResource({
    resource: RESOURCE,
    authorizationServers: [{ issuer: issuer.issuer, accessToken: ['jwt', keys] }],
    requiredScopes: ['notes:read'],
    fetch: issuer.fetch,
    onEvent: (event) => event.type === 'refused' && codes.push(event.code),
  })
  const handle = protect(notes, (_request, auth) => {
    subjects.push(auth.subject)
    return new Response(auth.issuer)
  })
  const sent = token === 'jwt' ? await issuer.token({ scope: 'notes:read' }) : token
  const headers = { Authorization: `Bearer ${sent}` }
  const response = await handle(new Request(RESOURCE, { method: 'POST', headers }))
  return [response.status, response.headers.get('WWW-Authenticate'), ...codes, ...subjects]
}

describe('docs/guides/api-keys.md', () => {
  it('contains examples/recipes/api-keys.ts', () => {
    const [guide, recipe] = ['docs/guides/api-keys.md', 'examples/recipes/api-keys.ts'].map(
      (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'),
    )
    expect(guide).toContain(`\`\`\`ts\n${recipe}\`\`\``)
  })

  it.each([
    ['key_reader', [200, null, 'robot-1']],
    ['jwt', [200, null, 'user-1']],
    [
      'key_unknown',
      [401, bearerChallenge('invalid_token', 'notes:read', METADATA), 'token_inactive'],
    ],
    ['other', [401, bearerChallenge('invalid_token', 'notes:read', METADATA), 'token_malformed']],
    [
      'key_weak',
      [403, bearerChallenge('insufficient_scope', 'notes:read', METADATA), 'scope_insufficient'],
    ],
  ])('is right about the token %s', async (token, expected) => {
    expect(await send(token)).toEqual(expected)
  })

  it('is right about a store that throws', async () => {
    const unreachable = new UpstreamError('unreachable', 'https://keys.example.com')
    expect(await send('key_reader', unreachable)).toEqual([503, null, 'unavailable'])
    expect(await send('key_reader', new Error('a bug'))).toEqual([500, null, 'internal'])
  })
})
