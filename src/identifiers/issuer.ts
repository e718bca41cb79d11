/** Issuer identifiers (RFC 8414 §2): what one may look like. Comparison is always plain equality. */

import { isSecureTransport, isWellWritten, parseUrl } from '../lib/safe-url.ts'

/** What is wrong with an issuer identifier, with the remedy; `undefined` if nothing is. */
export function issuerProblem(issuer: string, allowHttp: boolean): string | undefined {
  const url = parseUrl(issuer)
  if (url === undefined) {
    return 'is not a URL; give the issuer identifier of the authorization server, such as https://as.example'
  }
  if (issuer !== issuer.trim()) return 'has white space around it; remove it'
  if (!isWellWritten(issuer)) {
    return 'is not written as a URL (RFC 3986): scheme, ://, and the rest in ASCII without white space'
  }
  if (!isSecureTransport(url, allowHttp)) {
    return 'must be an https URL (RFC 8414 §2); plain http is for loopback addresses only'
  }
  if (issuer.includes('?') || issuer.includes('#')) {
    return 'must have neither query nor fragment (RFC 8414 §2)'
  }
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password'
  if (issuer.includes('/.well-known/')) {
    return 'looks like a metadata URL; give the issuer identifier here and that URL as metadataUrl'
  }
  return undefined
}
