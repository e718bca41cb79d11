/** Which page tells of a name, under which heading, and how to get there from another page. */

import type { Entry, Published, Surface } from './surface.ts'

/** Headings of the core, in the order in which a reader needs them. A test wants every name in one. */
const CORE: Readonly<Record<string, readonly string[]>> = {
  'The resource': ['protectedResource', 'ProtectedResource'],
  Requests: [
    'protect',
    'authenticate',
    'challengeResponse',
    'requireScopes',
    'checkRequirements',
    'verifyAccessToken',
    'metadataResponse',
    'authorizationServerMetadataResponse',
    'preflightResponse',
    'completeResponse',
    'ResourceSource',
  ],
  'What comes out': ['AuthContext', 'AnonymousContext', 'McpOperation', 'Rejection'],
  Options: [
    'ProtectedResourceOptions',
    'AuthorizationServerOptions',
    'DiscoveryOptions',
    'FetchOptions',
    'Requirements',
    'HostFacts',
    'OperationPolicy',
    'OperationKey',
    'OperationDecision',
    'McpMethod',
    'NamedMethod',
    'ScopeRule',
    'AccessTokenKind',
    'JwtOptions',
    'IntrospectionOptions',
    'CustomTokenOptions',
    'TokenContext',
    'ClaimNames',
    'IssuerTemplate',
    'DpopOptions',
    'MtlsOptions',
    'TokenCacheOptions',
  ],
  Errors: [
    'isAuthError',
    'isUpstreamError',
    'isConfigError',
    'AuthError',
    'UpstreamError',
    'ConfigError',
    'ConfigProblem',
    'AuthErrorCode',
    'UpstreamErrorCode',
    'UpstreamErrorOptions',
  ],
  Events: ['AuthEvent', 'AcceptedEvent', 'RefusedEvent', 'DocumentEvent', 'WarningEvent'],
  'Authorization servers': [
    'discoverAuthorizationServer',
    'fetchAuthorizationServerMetadata',
    'authorizationServerMetadataUrls',
    'checkAuthorizationServer',
    'Finding',
    'AuthorizationServerType',
  ],
  'What the host provides': ['Fetch', 'WaitUntil', 'HostFacts', 'DocumentStore', 'ReplayStore'],
  Documents: [
    'protectedResourceMetadataUrl',
    'signProtectedResourceMetadata',
    'SignMetadataOptions',
    'AuthorizationServerMetadata',
    'ProtectedResourceMetadata',
    'Jwk',
    'JwkSet',
  ],
}

/** A name with its heading: one sign deeper where it belongs to the name before it. */
export interface Item {
  readonly published: Published
  readonly depth: number
}

export interface Section {
  readonly title: string
  readonly items: readonly Item[]
}

export interface Page {
  readonly entry: Entry
  /** The name of the file. */
  readonly file: string
  readonly sections: readonly Section[]
}

export interface Layout {
  readonly pages: readonly Page[]
  /** Where a name is told of, as a link from a page. */
  readonly linkTo: (published: Published, from: Page) => string
  /** The name a comment on a page means: of this page, of the core, or of another. */
  readonly find: (name: string, from: Page) => Published | undefined
}

export function layOut({ entries }: Surface): Layout {
  const pages = entries.map((entry): Page => {
    const file = entry.subpath === '.' ? 'core.md' : `${entry.subpath.slice(2)}.md`
    const sections = entry.subpath === '.' ? coreSections(entry) : sectionsByKind(entry)
    return { entry, file, sections }
  })
  const places = new Map(pages.flatMap((page) => [...anchorsOf(page)]))
  const byRank = (from: Page) => [from, ...pages].flatMap(({ entry }) => entry.names)
  return {
    pages,
    linkTo(published, from) {
      const place = places.get(published)
      if (place === undefined) throw new Error(`${published.name} is told of nowhere`)
      return place.page === from ? `#${place.anchor}` : `${place.page.file}#${place.anchor}`
    },
    find: (name, from) => byRank(from).find((each) => each.name === name),
  }
}

export function headingOf({ kind, name }: Published): string {
  return kind === 'function' ? `${name}()` : name
}

/** What can be called; all else is types. */
export function isValue({ kind }: Published): boolean {
  return kind === 'function' || kind === 'class'
}

function coreSections({ names }: Entry): Section[] {
  const listed = Object.values(CORE).flat()
  const unlisted = names.filter(({ name }) => !listed.includes(name))
  const gone = listed.filter((name) => !names.some((each) => each.name === name))
  if (unlisted.length + gone.length > 0) {
    const wrong = [...unlisted.map(({ name }) => name), ...gone].join(', ')
    throw new Error(`The table in test/docs/api/layout.ts must list each name once: ${wrong}`)
  }
  return Object.entries(CORE).map(([title, list]) => ({
    title,
    items: list.map((name) => ({
      published: names.find((each) => each.name === name) as Published,
      depth: 3,
    })),
  }))
}

/** Functions with the options that only they take, then classes, then what is left. */
function sectionsByKind({ subpath, names }: Entry): Section[] {
  const isOf = (kind: string) => (each: Published) => each.kind === kind
  // Presets are looked up by their provider's name.
  const functions =
    subpath === './providers'
      ? names.filter(isOf('function')).toSorted((one, other) => (one.name < other.name ? -1 : 1))
      : names.filter(isOf('function'))
  const optionsOf = ({ name }: Published): Published[] =>
    names.filter((each) => each.name.toLowerCase() === `${name}options`.toLowerCase())
  const taken = new Set(functions.flatMap(optionsOf))
  const sections = [
    {
      title: 'Functions',
      items: functions.flatMap((each) => [
        { published: each, depth: 3 },
        ...optionsOf(each).map((published) => ({ published, depth: 4 })),
      ]),
    },
    { title: 'Classes', items: toItems(names.filter(isOf('class'))) },
    {
      title: 'Types',
      items: toItems(
        names.filter(
          (each) => each.kind !== 'function' && each.kind !== 'class' && !taken.has(each),
        ),
      ),
    },
  ]
  return sections.filter(({ items }) => items.length > 0)
}

function toItems(names: readonly Published[]): Item[] {
  return names.map((published) => ({ published, depth: 3 }))
}

/** As GitHub makes them: the second of a kind gets a number. */
function anchorsOf(page: Page): Map<Published, { readonly page: Page; readonly anchor: string }> {
  const seen = new Map<string, number>()
  const anchors = new Map<Published, { readonly page: Page; readonly anchor: string }>()
  const anchorOf = (heading: string): string => {
    const slug = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-')
    const count = seen.get(slug) ?? 0
    seen.set(slug, count + 1)
    return count === 0 ? slug : `${slug}-${count}`
  }
  anchorOf(page.entry.specifier)
  for (const { title, items } of page.sections) {
    anchorOf(title)
    for (const { published } of items) {
      anchors.set(published, { page, anchor: anchorOf(headingOf(published)) })
    }
  }
  return anchors
}
