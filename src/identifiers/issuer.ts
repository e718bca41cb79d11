/** The form of issuer identifiers (RFC 8414 §2). They are always compared character by character. */

import { comparedUrlProblem } from './url-problem.ts'

/** The mistake in an issuer identifier and how to fix it; `undefined` if it is valid. */
export function issuerProblem(issuer: string, allowHttp: boolean): string | undefined {
  const problem = comparedUrlProblem(issuer, allowHttp, WORDS)
  if (problem !== undefined) return problem
  if (/[?#]/.test(issuer)) return 'must have neither query nor fragment (RFC 8414 §2)'
  return issuer.includes('/.well-known/')
    ? 'looks like a metadata URL; give the issuer identifier here and that URL as metadataUrl'
    : undefined
}

const WORDS = {
  give: 'the issuer identifier of the authorization server, such as https://as.example',
  section: ' (RFC 8414 §2)',
  advice:
    '. In a container network, keep the public issuer here and give the internal key set as jwksUri',
}
