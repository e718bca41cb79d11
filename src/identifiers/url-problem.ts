/** What every URL of a configuration must be. Each message says how to fix the mistake. */

import { isSecureTransport, isWellWritten, parseUrl } from '../lib/safe-url.ts'

/** What messages say about a URL that is compared as text. */
interface Words {
  /** What to give instead of a text that is not a URL, with an example. */
  readonly give: string
  /** The section of the standard, in brackets after a space. */
  readonly section?: string
  /** Further advice where the transport is not secure. */
  readonly advice?: string
}

/** The mistake in a URL that is compared as text; `undefined` if it is valid. */
export function comparedUrlProblem(
  text: string,
  allowHttp: boolean,
  { give, section, advice }: Words,
): string | undefined {
  const url = parseUrl(text)
  if (url === undefined) return `is not a URL; give ${give}`
  if (!isWellWritten(text)) {
    return 'is not a valid URL (RFC 3986): it must be ASCII without white space or stray %, and begin with a scheme, :// and a host'
  }
  // Not in endpoints: a server may publish such a URL.
  if (UNSET.test(`${url.host}${url.pathname}`)) {
    return 'contains "undefined"; is an environment variable missing?'
  }
  return transportProblem(url, allowHttp, section, advice)
}

/** The mistake in a URL that the library fetches; `undefined` if it is valid or not given. */
export function endpointProblem(
  endpoint: string | undefined,
  allowHttp: boolean,
): string | undefined {
  if (endpoint === undefined) return undefined
  const url = parseUrl(endpoint)
  return url === undefined ? 'must be an absolute URL' : transportProblem(url, allowHttp)
}

function transportProblem(
  url: URL,
  allowHttp: boolean,
  section = '',
  advice = '',
): string | undefined {
  if (!isSecureTransport(url, allowHttp)) {
    return `must be an https URL${section}; plain http is allowed for loopback addresses, and beyond them only with dangerouslyAllowHttp${advice}`
  }
  return url.username === '' && url.password === ''
    ? undefined
    : 'must not contain a user name or password'
}

/** A host label or a path segment that a template literal made of a missing value. */
const UNSET = /(?:^|[./])undefined(?:[./:]|$)/
