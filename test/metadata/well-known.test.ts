import { describe, expect, it } from 'vitest'
import { authorizationServerMetadataUrls } from '../../src/index.ts'

const OAUTH = '/.well-known/oauth-authorization-server'
const OIDC = '/.well-known/openid-configuration'

describe('authorizationServerMetadataUrls()', () => {
  it.each([
    ['https://as.example', [`https://as.example${OAUTH}`, `https://as.example${OIDC}`]],
    ['https://as.example/', [`https://as.example${OAUTH}`, `https://as.example${OIDC}`]],
    ['https://AS.example:443', [`https://as.example${OAUTH}`, `https://as.example${OIDC}`]],
    [
      'http://localhost:9000/realms/a%2Fb/',
      [
        `http://localhost:9000${OAUTH}/realms/a%2Fb`,
        `http://localhost:9000${OIDC}/realms/a%2Fb`,
        `http://localhost:9000/realms/a%2Fb${OIDC}`,
      ],
    ],
  ])('lists all URLs for %s', (issuer, urls) => {
    expect(authorizationServerMetadataUrls(issuer)).toEqual(urls)
    const [oauth, ...others] = urls
    expect(authorizationServerMetadataUrls(issuer, 'oauth')).toEqual([oauth])
    expect(authorizationServerMetadataUrls(issuer, 'oidc')).toEqual([others.at(-1)])
  })

  it('never contains a double slash', () => {
    for (const issuer of ['https://as.example/', 'https://as.example/t1/']) {
      for (const url of authorizationServerMetadataUrls(issuer)) {
        expect(new URL(url).pathname).not.toContain('//')
      }
    }
  })

  it('throws for text that is not a URL', () => {
    expect(() => authorizationServerMetadataUrls('as.example')).toThrow(TypeError)
  })
})
