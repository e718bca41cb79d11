/** Rules for `metadataUrl`: it is a URL that serves nothing else. */

import type { ConfigProblem } from '../contract/config-error.ts'
import { parseTarget } from '../http/request-target.ts'
import { isSamePath } from '../http/resource-path.ts'
import { metadataPath, PROTECTED_RESOURCE_PATH } from '../identifiers/resource-identifier.ts'
import { comparedUrlProblem } from '../identifiers/url-problem.ts'
import { parseUrl } from '../lib/safe-url.ts'
import { AUTHORIZATION_SERVER_PATH, OPENID_PATH } from '../metadata/well-known.ts'
import type { CheckedOptions } from '../resource/feature.ts'
import type { Settings } from '../resource/settings.ts'
import type { Report } from './report.ts'

/** Paths of other documents: of other resources, and of authorization servers. */
const OTHER_DOCUMENTS = [PROTECTED_RESOURCE_PATH, AUTHORIZATION_SERVER_PATH, OPENID_PATH]

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
  const problem = comparedUrlProblem(metadataUrl, allowHttp, WORDS)
  if (problem !== undefined) return problem
  if (metadataUrl.includes('#')) return 'must not have a fragment; remove it'
  // The request's text is compared with it, and clients send the parsed form.
  return parseTarget(metadataUrl) !== undefined && !metadataUrl.endsWith('?')
    ? undefined
    : `must be written as clients request it: ${new URL(metadataUrl).href}`
}

const WORDS = { give: 'an absolute one, such as https://api.example.com/mcp/metadata' }

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
