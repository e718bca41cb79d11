/** The claims of docs/guides/authorization-server-metadata.md and docs/guides/step-up.md are true. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  AuthError,
  type AuthorizationServerOptions,
  authorizationServerMetadataUrls,
  protect,
  protectedResource,
  type Requirements,
} from '../../src/index.ts'
import { createTestIssuer } from '../../src/testing/index.ts'

const RESOURCE = 'https://api.example.com/mcp'
const ISSUER = 'https://auth.example.com/realms/acme'

interface Part {
  readonly server?: Partial<AuthorizationServerOptions>
  /** Replaces responses of the issuer. */
  readonly respond?: (url: string) => Response | undefined
  readonly scopes?: readonly string[]
  readonly needs?: Requirements & { optional?: false }
}

/** Sends one token, and notes the URLs that were requested and the codes of failed documents. */
async function run({ server = {}, respond, scopes = [], needs }: Part) {
  const issuer = createTestIssuer({ issuer: ISSUER, resource: RESOURCE })
  const urls: string[] = []
  const failures: (string | undefined)[] = []
  const resource = protectedResource({
    resource: RESOURCE,
    authorizationServers: [{ issuer: ISSUER, ...server }],
    requiredScopes: scopes,
    async fetch(url, init) {
      urls.push(String(url))
      return respond?.(String(url)) ?? issuer.fetch(url, init)
    },
    onEvent(event) {
      if (event.type === 'document' && event.outcome === 'failed') failures.push(event.code)
    },
  })
  const handle = protect(resource, () => new Response('done'), needs)
  const headers = { Authorization: `Bearer ${await issuer.token()}` }
  const response = await handle(new Request(RESOURCE, { method: 'POST', headers }))
  return { response, urls, failures }
}

const URLS = authorizationServerMetadataUrls(ISSUER)
const DISCOVERY = `${ISSUER}/.well-known/openid-configuration`
const JWKS = `${ISSUER}/jwks`

describe('docs/guides/authorization-server-metadata.md', () => {
  it('lists the URLs in their order', () => {
    expect(pageOf('authorization-server-metadata')).toContain(URLS.join('\n'))
    expect(URLS.at(-1)).toBe(DISCOVERY)
  })

  it.each([404, 500])('is right that a %i leads to the next URL', async (status) => {
    const respond = (url: string) =>
      url === URLS[0] || url === URLS[1] ? new Response('', { status }) : undefined
    const { response, urls } = await run({ respond })
    expect([response.status, urls]).toEqual([200, [...URLS, JWKS]])
  })

  it('is right about type, jwksUri and metadata', async () => {
    const found = [
      await run({ server: { type: 'oidc' } }),
      await run({ server: { jwksUri: JWKS } }),
      await run({ server: { metadata: { issuer: ISSUER, jwks_uri: JWKS } } }),
    ]
    expect(found.map(({ response, urls }) => [response.status, urls])).toEqual([
      [200, [DISCOVERY, JWKS]],
      [200, [JWKS]],
      [200, [JWKS]],
    ])
  })

  it('is right about a document that transform corrects', async () => {
    const respond = (url: string) =>
      url === DISCOVERY ? Response.json({ issuer: `${ISSUER}/` }) : undefined
    const transform = (document: Record<string, unknown>) => ({
      ...document,
      issuer: document['issuer'] === `${ISSUER}/` ? ISSUER : document['issuer'],
      jwks_uri: JWKS,
    })
    const corrected = await run({ respond, server: { type: 'oidc', transform } })
    expect([corrected.response.status, corrected.failures]).toEqual([200, []])
    const asServed = await run({ respond, server: { type: 'oidc' } })
    expect([asServed.response.status, asServed.failures]).toEqual([503, ['issuer_mismatch']])
  })

  it('is right about a transform that throws', async () => {
    const transform = (): never => {
      throw new Error('a mistake')
    }
    const { response, failures } = await run({ server: { type: 'oidc', transform } })
    expect([response.status, failures]).toEqual([503, ['invalid_document']])
  })
})

describe('docs/guides/step-up.md', () => {
  const needs = { acrValues: ['urn:example:mfa'], maxAgeSeconds: 300 }

  it('shows the challenge', async () => {
    const { response } = await run({ needs })
    expect(response.status).toBe(401)
    expect(pageOf('step-up')).toContain(
      `\nWWW-Authenticate: ${response.headers.get('WWW-Authenticate')}\n`,
    )
  })

  it('is right that scopes are checked first', async () => {
    const { response } = await run({ needs, scopes: ['notes:read'] })
    expect(response.status).toBe(403)
    expect(response.headers.get('WWW-Authenticate')).toContain('error="insufficient_scope"')
  })

  it('is right about an AuthError of the handler', async () => {
    const issuer = createTestIssuer({ issuer: ISSUER, resource: RESOURCE })
    const resource = protectedResource({
      resource: RESOURCE,
      authorizationServers: [ISSUER],
      fetch: issuer.fetch,
    })
    const handle = protect(resource, () => {
      throw new AuthError('authentication_insufficient', { maxAgeSeconds: 300 })
    })
    const headers = { Authorization: `Bearer ${await issuer.token()}` }
    const response = await handle(new Request(RESOURCE, { method: 'POST', headers }))
    expect(response.status).toBe(401)
    expect(response.headers.get('WWW-Authenticate')).toContain('max_age="300"')
  })
})

function pageOf(name: string): string {
  return readFileSync(new URL(`../../docs/guides/${name}.md`, import.meta.url), 'utf8')
}
