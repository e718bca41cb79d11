/** Presets with members that are missing, empty or of the wrong form. */

import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  type AuthorizationServerOptions,
  ConfigError,
  type ConfigProblem,
  protectedResource,
} from '../../src/index.ts'
import * as presets from '../../src/providers/index.ts'

type Options = Readonly<Record<string, unknown>>
type Preset = (options?: unknown) => AuthorizationServerOptions

/** Where a member ends up, and so what it may be. */
type Use = 'host' | 'url' | 'issuer' | 'segment' | 'text' | 'secret' | 'texts' | 'other'

interface Row {
  readonly good: Options
  readonly uses: Readonly<Record<string, Use>>
}

const GUID = '72f988bf-86f1-41af-91ab-2d7cd011db47'
const introspection = { clientId: 'rs', clientSecret: 's' }

const ROWS: Readonly<Record<keyof typeof presets, Row>> = {
  auth0: { good: { domain: 't.us.auth0.com' }, uses: { domain: 'host' } },
  okta: {
    good: { domain: 'org.okta.com', authorizationServerId: 'aus1' },
    uses: { domain: 'host', authorizationServerId: 'segment' },
  },
  keycloak: {
    good: { url: 'https://kc.example/auth', realm: 'r' },
    uses: { url: 'url', realm: 'segment' },
  },
  logto: { good: { endpoint: 'https://t.logto.app' }, uses: { endpoint: 'url' } },
  cognito: {
    good: {
      ...{ userPoolId: 'us-gov-west-1_AbC1', clientIds: ['a'], audience: 'b' },
      issuerType: 'updated',
    },
    uses: { userPoolId: 'segment', clientIds: 'texts', audience: 'text', issuerType: 'other' },
  },
  workos: { good: { domain: 'name.authkit.app' }, uses: { domain: 'host' } },
  stytch: {
    good: { domain: 'name.customers.stytch.com', projectId: 'project-live-1' },
    uses: { domain: 'host', projectId: 'text' },
  },
  descope: {
    good: {
      ...{ projectId: 'P1', serverId: 'MS1', tenantIds: ['T1'] },
      url: 'https://api.euc1.descope.com',
    },
    uses: { projectId: 'segment', serverId: 'segment', tenantIds: 'texts', url: 'url' },
  },
  scalekit: {
    good: { environmentUrl: 'https://n.scalekit.com', resourceId: 'res_1' },
    uses: { environmentUrl: 'url', resourceId: 'segment' },
  },
  supabase: { good: { url: 'https://ref.supabase.co' }, uses: { url: 'url' } },
  cloudflareAccess: {
    good: { teamDomain: 'team.cloudflareaccess.com', audience: 'aud' },
    uses: { teamDomain: 'host', audience: 'text' },
  },
  clerk: {
    good: { domain: 'n.clerk.accounts.dev', clientIds: ['c'], introspection },
    uses: { domain: 'host', clientIds: 'texts', introspection: 'other' },
  },
  hydra: {
    good: {
      issuer: 'https://hydra.example/',
      introspection: { ...introspection, endpoint: 'https://hydra.example/admin' },
    },
    uses: { issuer: 'issuer', introspection: 'other' },
  },
  zitadel: {
    good: { domain: 'n.zitadel.cloud', projectId: '1', introspection },
    uses: { domain: 'host', projectId: 'text', introspection: 'other' },
  },
  doorkeeper: {
    good: { issuer: 'https://app.example.com', introspection },
    uses: { issuer: 'issuer', introspection: 'other' },
  },
  djangoOauthToolkit: {
    good: { url: 'https://app.example.com/o', introspection },
    uses: { url: 'url', introspection: 'other' },
  },
  openauth: {
    good: { issuer: 'https://auth.example.com', clientIds: ['c'] },
    uses: { issuer: 'issuer', clientIds: 'texts' },
  },
  google: { good: { clientIds: ['c'] }, uses: { clientIds: 'texts' } },
  github: {
    good: { clientId: 'c', clientSecret: 's', cacheSeconds: 60, accepts: () => true },
    uses: { clientId: 'text', clientSecret: 'secret', cacheSeconds: 'other', accepts: 'other' },
  },
  gitlab: {
    good: { url: 'https://gitlab.example/sub', clientIds: ['c'] },
    uses: { url: 'url', clientIds: 'texts' },
  },
  entra: {
    good: {
      ...{ tenantId: GUID, clientId: 'c', identifierUris: ['api://c'], appRoles: true },
      ...{ scopePrefix: 'api://c', cloud: { external: 'contoso' } },
    },
    uses: {
      ...{ tenantId: 'segment', clientId: 'text', identifierUris: 'texts', appRoles: 'other' },
      ...{ scopePrefix: 'text', cloud: 'other' },
    },
  },
  entraMultiTenant: {
    good: {
      clientId: 'c',
      allow: [GUID],
      authority: 'common',
      cloud: 'us',
      scopePrefix: 'api://c',
    },
    uses: {
      clientId: 'text',
      allow: 'texts',
      authority: 'other',
      cloud: 'other',
      scopePrefix: 'text',
    },
  },
}

const PRESETS: ReadonlyMap<string, unknown> = new Map(Object.entries(presets))

/** Members with a default, so that a missing one is valid. */
const OPTIONAL = new Set([
  ...[
    'okta.authorizationServerId',
    'cognito.clientIds',
    'cognito.audience',
    'cognito.issuerType',
    'descope.url',
    'descope.tenantIds',
  ],
  ...['clerk.clientIds', 'clerk.introspection', 'hydra.introspection', 'zitadel.introspection'],
  ...['github.cacheSeconds', 'github.accepts', 'gitlab.url', 'entra.identifierUris'],
  ...['entra.appRoles', 'entraMultiTenant.authority', 'entra.scopePrefix', 'entra.cloud'],
  ...['entraMultiTenant.scopePrefix', 'entraMultiTenant.cloud'],
])

const UNSET: readonly unknown[] = ['', ' ', '\n', 'undefined', 'null', null]
const NO_TEXT: readonly unknown[] = [5, true, {}, [undefined], Symbol('s'), ['', 'a'], [null]]
const NO_PART = [
  'a/b',
  '../x',
  '..',
  '.',
  'a?b',
  'a#b',
  'a\\b',
  'a%2Fb',
  'a%2e%2e',
  'a b',
  ' a',
  'ä',
]
const NO_PLACE = [
  ...['http://as.example', 'ftp://as.example', 'https://', 'https:///a', 'javascript:alert(1)'],
  ...['https://as.example?a', 'https://as.example/#a', 'https://as.example//', 'https://.okta.com'],
  ...['https://u:p@as.example', 'https://as.example\\a', 'https://as.example/../a', ' as.example'],
  ...['https://as.example/a/../b', 'https://as.example/%2e%2e/a', 'https://AS.example'],
  ...['https://as.example:443', 'https://as .example', 'https://as..example', 'as.example\n'],
  ...['undefined.auth0.com', 'https://undefined', 'https://as.example/undefined', 'null.okta.com'],
  ...[
    'https://as.example/%0a',
    'https://münchen.example',
    'HTTPS://as.example',
    'tenant',
    'tenant/',
  ],
]
const BAD: Readonly<Record<Use, readonly unknown[]>> = {
  host: [...NO_TEXT, ...NO_PLACE, 'https://as.example/path', 'as.example/path'],
  url: [...NO_TEXT, ...NO_PLACE],
  issuer: [...NO_TEXT, ...NO_PLACE, 'as.example'],
  segment: [...NO_TEXT, ...NO_PART, 'eu-west-1_undefined', 'x-undefined'],
  text: [5, true, {}, [undefined], ['', 'a'], ' a', 'a\u0000b', 'api://undefined', 'a '],
  secret: [...NO_TEXT, '[object Object]'],
  texts: ['a', 5, {}, [undefined], [''], ['a', null], ['a', 'undefined'], [[]], [' a']],
  other: [5n, [5], 'yes', Symbol('s')],
}

const names = Object.keys(ROWS) as (keyof typeof presets)[]
const cases = names.flatMap((name) =>
  Object.entries(ROWS[name].uses).map(([member, use]) => ({ name, member, use })),
)

describe('a preset', () => {
  it('is in the table', () => {
    expect(Object.keys(presets).sort()).toEqual([...names].sort())
  })

  it.each(names)('%s() accepts valid members and returns valid options', (name) => {
    const made = make(name, ROWS[name].good)
    const options = { resource: 'https://rs.example/mcp', authorizationServers: [made] }
    expect(() => protectedResource({ ...options, onEvent: () => {} })).not.toThrow()
  })

  it.each(names)('%s() requires an object', (name) => {
    for (const wrong of [undefined, null, 'tenant', 5, [], () => ({})]) {
      const [problem, ...rest] = problemsOf(name, wrong)
      expect(rest).toEqual([])
      expect(problem?.path).toBe(name)
      for (const member of requiredOf(name)) expect(problem?.message).toContain(member)
    }
  })

  it.each(names)('%s() names all missing members at once', (name) => {
    const required = requiredOf(name)
    const unset = Object.fromEntries(required.map((member) => [member, undefined]))
    for (const wrong of [{}, unset, Object.create(ROWS[name].good)]) {
      expect(pathsOf(name, wrong).sort()).toEqual(
        required.map((member) => `${name}.${member}`).sort(),
      )
    }
  })

  it.each(names)('%s() suggests the nearest option for an unknown one', (name) => {
    const [member = ''] = Object.keys(ROWS[name].uses)
    for (const misspelt of [`${member}s`, member.toUpperCase(), member.slice(1)]) {
      const problems = problemsOf(name, { ...ROWS[name].good, [misspelt]: 'x' })
      expect(problems.map(({ path }) => path)).toEqual([`${name}.${misspelt}`])
      expect(problems[0]?.message).toContain(`did you mean ${member}?`)
    }
  })

  it.each(cases)('$name() rejects a missing $member', ({ name, member, use }) => {
    for (const value of UNSET) {
      const values = use === 'texts' ? [value, [value]] : [value]
      for (const each of values) expectRefused(name, member, each)
    }
    const without = { ...ROWS[name].good, [member]: undefined }
    if (OPTIONAL.has(`${name}.${member}`)) expect(() => make(name, without)).not.toThrow()
    else expect(pathsOf(name, without)).toEqual([`${name}.${member}`])
  })

  it.each(cases)('$name() rejects every invalid $member', ({ name, member, use }) => {
    for (const value of BAD[use]) expectRefused(name, member, value)
  })

  it.each([
    ['clerk', 'introspection', { clientId: undefined, clientSecret: undefined }],
    ['zitadel', 'introspection', { clientId: '', clientSecret: 'undefined' }],
    ['hydra', 'introspection', { clientId: 'null', clientSecret: '', endpoint: undefined }],
  ] as const)('%s() looks into its %s', (name, member, value) => {
    const expected = Object.keys(value).map((each) => `${name}.${member}.${each}`)
    expect(pathsOf(name, { ...ROWS[name].good, [member]: value })).toEqual(expected)
  })

  it('accepts a host whose label contains the word null', () => {
    const good = { ...ROWS.okta.good, domain: 'dev-null.okta.com' }
    expect(() => make('okta', good)).not.toThrow()
  })

  it('repeats no secret', () => {
    const secret = 'swordfish\n-undefined-'
    const wrong = { clientId: '', clientSecret: secret, secret }
    expect(() => make('github', wrong)).toThrow(ConfigError)
    expect(JSON.stringify(problemsOf('github', wrong))).not.toContain('swordfish')
    expect(() => make('github', { clientId: 'c', clientSecret: 'x-undefined-null' })).not.toThrow()
  })
})

describe('a URL member', () => {
  it.each([
    ['t.auth0.com', 'https://t.auth0.com/'],
    ['https://t.auth0.com/', 'https://t.auth0.com/'],
    ['http://localhost:3000', 'http://localhost:3000/'],
    ['http://127.0.0.1:3000/', 'http://127.0.0.1:3000/'],
    ['http://[::1]:3000', 'http://[::1]:3000/'],
    ['localhost', 'https://localhost/'],
    ['xn--mnchen-3ya.example:8443', 'https://xn--mnchen-3ya.example:8443/'],
  ])('may be written as %s', (domain, issuer) => {
    expect(presets.auth0({ domain }).issuer).toBe(issuer)
  })

  it.each([
    ['keycloak', 'url', 'https://kc.example/realms/r'],
    ['logto', 'endpoint', 'https://t.logto.app/oidc/'],
    ['descope', 'url', 'https://api.descope.com/v1/apps'],
    ['scalekit', 'environmentUrl', 'https://n.scalekit.com/resources/res_1'],
    ['supabase', 'url', 'https://ref.supabase.co/auth/v1'],
    ['gitlab', 'url', 'https://gitlab.example/oauth'],
  ] as const)('%s() rejects a %s that has what it adds', (name, member, value) => {
    expectRefused(name, member, value)
  })

  it.each([
    ['keycloak', 'url'],
    ['logto', 'endpoint'],
    ['supabase', 'url'],
    ['gitlab', 'url'],
    ['zitadel', 'domain'],
    ['hydra', 'issuer'],
  ] as const)('%s() accepts plain http with the option', (name, member) => {
    const options = { ...ROWS[name].good, [member]: 'http://as:8080', introspection: undefined }
    const { introspection: _, ...plain } = options
    expect(pathsOf(name, plain)).toEqual([`${name}.${member}`])
    const server = make(name, { ...plain, dangerouslyAllowHttp: true })
    expect(server).toMatchObject({ dangerouslyAllowHttp: true })
    expect(server.issuer).toMatch(/^http:\/\/as:8080/)
    expect(make(name, ROWS[name].good)).not.toHaveProperty('dangerouslyAllowHttp')
    expectRefused(name, 'dangerouslyAllowHttp', 'true')
  })

  it('keeps the slash of an issuer that has one, and escapes of a realm', () => {
    expect(presets.hydra({ issuer: 'https://hydra.example/' }).issuer).toBe(
      'https://hydra.example/',
    )
    const realm = { url: 'kc.example', realm: 'my%20realm' }
    expect(presets.keycloak(realm).issuer).toBe('https://kc.example/realms/my%20realm')
  })
})

it('entraMultiTenant() finds tenants in any letter case, or calls the function', () => {
  const allow = [GUID.toUpperCase()]
  const { issuerTemplate } = presets.entraMultiTenant({ clientId: 'c', allow })
  expect(issuerTemplate?.allow).toEqual([GUID])
  const ask = (): boolean => true
  const asked = presets.entraMultiTenant({ clientId: 'c', allow: ask })
  expect(asked.issuerTemplate?.allow).toBe(ask)
})

function make(name: keyof typeof presets, options: unknown): AuthorizationServerOptions {
  const preset = PRESETS.get(name) as Preset | undefined
  if (preset === undefined) throw new Error(`There is no ${name}`)
  return preset(options)
}

function problemsOf(name: keyof typeof presets, options: unknown): readonly ConfigProblem[] {
  try {
    const made = make(name, options)
    throw new Error(`made ${JSON.stringify(made)}`)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

function pathsOf(name: keyof typeof presets, options: unknown): string[] {
  return problemsOf(name, options).map(({ path }) => path)
}

/** Asserts that this member, and nothing else, is named. */
function expectRefused(name: keyof typeof presets, member: string, value: unknown): void {
  const problems = problemsOf(name, { ...ROWS[name].good, [member]: value })
  const path = `${name}.${member}`
  expect(problems.length, `${path} as ${inspect(value)}`).toBeGreaterThan(0)
  for (const problem of problems) {
    expect([path, `${path}[`]).toContain(problem.path.replace(/\[.*/s, (end) => (end ? '[' : '')))
    expect(problem.message).toMatch(/^[a-z]/)
  }
}

function requiredOf(name: keyof typeof presets): string[] {
  return Object.keys(ROWS[name].uses).filter((member) => !OPTIONAL.has(`${name}.${member}`))
}
