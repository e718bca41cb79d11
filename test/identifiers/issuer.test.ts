import { describe, expect, it } from 'vitest'
import { issuerProblem } from '../../src/identifiers/issuer.ts'

describe('issuerProblem() accepts', () => {
  it.each([
    'https://as.example',
    'https://as.example/',
    'https://as.example:8443/realms/a',
    'https://AS.example/%7Eme',
    'https://as.example/t1//',
    'http://localhost:9000',
    'http://127.0.0.1:9000/t1',
    'http://[::1]:9000',
    'http://as.localhost',
  ])('%s', (issuer) => {
    expect(issuerProblem(issuer, false)).toBeUndefined()
  })

  it('plain http if allowed', () => {
    expect(issuerProblem('http://as.example', true)).toBeUndefined()
    expect(issuerProblem('http://as.example', false)).toMatch(/https/)
  })
})

describe('issuerProblem() rejects', () => {
  it.each([
    ['', /not a URL/],
    ['as.example', /not a URL/],
    ['//as.example', /not a URL/],
    ['https://', /not a URL/],
    ['https://as.example ', /RFC 3986.*without white space/],
    ['\thttps://as.example', /RFC 3986.*without white space/],
    ['https:as.example', /RFC 3986/],
    ['https:/as.example', /RFC 3986/],
    ['https:\\\\as.example', /RFC 3986/],
    ['https://as.example\\t1', /RFC 3986/],
    ['https://as.example/a\tb', /RFC 3986/],
    ['https://as.example/{tenant}', /RFC 3986/],
    ['https://ás.example', /RFC 3986/],
    ['urn:example:as', /RFC 3986/],
    ['ftp://as.example', /https/],
    ['http://10.0.0.1', /https/],
    ['http://127.0.0.1.nip.example', /https/],
    ['https://as.example?', /query/],
    ['https://as.example/t1?a=b', /query/],
    ['https://as.example#', /fragment/],
    ['https://a@as.example', /user name/],
    ['https://:b@as.example', /user name/],
    ['https://as.example/.well-known/oauth-authorization-server', /metadataUrl/],
    ['https://as.example/t1/.well-known/openid-configuration', /metadataUrl/],
  ])('%j', (issuer, message) => {
    expect(issuerProblem(issuer, false)).toMatch(message)
  })
})
