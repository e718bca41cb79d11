/** Rules for `metadataUrl`: it is a URL that serves nothing else. */

import type { ConfigProblem } from '../contract/config-error.ts'
import { parseTarget } from '../http/request-target.ts'
import { isSamePath } from '../http/resource-path.ts'
import { metadataPath, PROTECTED_RESOURCE_PATH } from '../identifiers/resource-identifier.ts'
import { isSecureTransport, isWellWritten, parseUrl } from '../lib/safe-url.ts'
import type { CheckedOptions } from '../resource/feature.ts'
import type { Settings } from '../resource/settings.ts'
import type { Report } from './report.ts'

/** Paths of other documents: of other resources, and of authorization servers. */
const OTHER_DOCUMENTS = [
  PROTECTED_RESOURCE_PATH,
  '/.well-known/oauth-authorization-server',
  '/.well-known/openid-configuration',
]

/** Reports the mistake in `metadataUrl`. */
export function checkMetadataUrl(
  metadataUrl: string,
  { resource, dangerouslyAllowHttp = false }: CheckedOptions,
  report: Report,
): void {
  const problem = urlProblem(metadataUrl, dangerouslyAllowHttp)
  report('metadataUrl', problem)
  const about = resource === undefined ? undefined : parseUrl(resource)
  // Of a resource on another origin, nothing is known.
  if (problem !== undefined || about?.origin !== new URL(metadataUrl).origin) return
  report('metadataUrl', placeProblem(new URL(metadataUrl), about))
}

/** Probable mistakes in a valid `metadataUrl`. */
export function metadataUrlWarnings({
  resource,
  metadataUrl,
}: Pick<Settings, 'resource' | 'metadataUrl'>): ConfigProblem[] {
  if (metadataUrl === undefined || new URL(metadataUrl).origin === new URL(resource).origin) {
    return []
  }
  const message =
    'is on another origin, so it is named in challenges but not served; publish the metadata there yourself'
  return [{ path: 'metadataUrl', message }]
}

function urlProblem(metadataUrl: string, allowHttp: boolean): string | undefined {
  const url = parseUrl(metadataUrl)
  if (url === undefined) {
    return 'is not a URL; give an absolute one, such as https://api.example.com/mcp/metadata'
  }
  if (metadataUrl !== metadataUrl.trim()) return 'has white space around it; remove it'
  if (!isWellWritten(metadataUrl)) {
    return 'is not a valid URL (RFC 3986): it must be ASCII without white space and begin with a scheme and ://'
  }
  if (!isSecureTransport(url, allowHttp)) {
    return 'must be an https URL; plain http is allowed for loopback addresses, and beyond them only with dangerouslyAllowHttp'
  }
  if (metadataUrl.includes('#')) return 'must not have a fragment; remove it'
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or password'
  // The request's text is compared with it, and clients send the parsed form.
  return parseTarget(metadataUrl) !== undefined && !metadataUrl.endsWith('?')
    ? undefined
    : `must be written as clients request it: ${url.href}`
}

function placeProblem(url: URL, resource: URL): string | undefined {
  if (isSamePath(url.pathname, resource.pathname)) {
    return 'is the path of the resource itself, whose requests are guarded; give a path of its own'
  }
  // The derived URL itself is allowed: the option then changes nothing.
  if (url.pathname + url.search === metadataPath(resource)) return undefined
  const isOther = OTHER_DOCUMENTS.some(
    (path) => url.pathname === path || url.pathname.startsWith(`${path}/`),
  )
  return isOther
    ? 'is the place of the metadata of another resource or of an authorization server; give a path of its own'
    : undefined
}
