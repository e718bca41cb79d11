/** The form of issuer identifiers (RFC 8414 §2). They are always compared character by character. */

import { isSecureTransport, isWellWritten, parseUrl } from '../lib/safe-url.ts'

/** The mistake in an issuer identifier and how to fix it; `undefined` if it is valid. */
export function issuerProblem(issuer: string, allowHttp: boolean): string | undefined {
  const url = parseUrl(issuer)
  if (url === undefined) {
    return 'is not a URL; give the issuer identifier of the authorization server, such as https://as.example'
  }
  if (issuer !== issuer.trim()) return 'has white space around it; remove it'
  if (!isWellWritten(issuer)) {
    return 'is not a valid URL (RFC 3986): it must be ASCII without white space and begin with a scheme and ://'
  }
  if (!isSecureTransport(url, allowHttp)) {
    return 'must be an https URL (RFC 8414 §2); plain http is allowed for loopback addresses, and beyond them only with dangerouslyAllowHttp. In a container network, keep the public issuer here and give the internal key set as jwksUri'
  }
  if (issuer.includes('?') || issuer.includes('#')) {
    return 'must have neither query nor fragment (RFC 8414 §2)'
  }
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or password'
  if (issuer.includes('/.well-known/')) {
    return 'looks like a metadata URL; give the issuer identifier here and that URL as metadataUrl'
  }
  return undefined
}
