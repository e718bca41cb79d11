/** The types of the core entry: options of the main entry in place of a value do not compile. */

import {
  audit,
  type CoreResourceOptions,
  custom,
  dpop,
  introspection,
  mtls,
  operations,
  type ProtectedResource,
  protectedResource,
  revocation,
  sessions,
} from 'mcp-gatehouse/core'
import {
  auth0,
  clerk,
  cloudflareAccess,
  cognito,
  descope,
  entra,
  entraMultiTenant,
  github,
  hydra,
  keycloak,
  logto,
  okta,
  openauth,
  scalekit,
  stytch,
  supabase,
  workos,
  zitadel,
} from 'mcp-gatehouse/providers'
import { type AdmitsUndefined, type Same, yes } from './yardsticks.ts'

const BASE = { resource: 'https://rs.example/mcp', authorizationServers: ['https://as.example'] }
const secret = 'x'.repeat(32)
const write = () => {}

const made = protectedResource({
  ...BASE,
  dpop: dpop(),
  mtls: mtls({ required: true }),
  operations: operations({ 'a/b': ['read'] }, { customMethods: ['a/b'], maxBodyBytes: 1 }),
  revocation: revocation({ statusList: true }),
  sessions: sessions({ secret }),
  audit: audit(write),
})
yes<Same<typeof made, ProtectedResource>>()
yes<AdmitsUndefined<CoreResourceOptions>>()

protectedResource({
  ...BASE,
  authorizationServers: [
    {
      issuer: 'https://as.example',
      accessToken: [
        'jwt',
        { kind: 'jwt', profile: 'rfc9068' },
        introspection({ clientId: 'rs', clientSecret: 's' }),
        custom({ verify: async () => null }),
      ],
    },
    { issuer: 'https://as2.example', accessToken: custom({ verify: async () => null }) },
  ],
})

// The presets of servers that issue JWTs, with every one of their options.
const jwtPresets = [
  auth0,
  cloudflareAccess,
  cognito,
  descope,
  entra,
  entraMultiTenant,
  keycloak,
  logto,
  okta,
  openauth,
  scalekit,
  stytch,
  supabase,
  workos,
]
export const servers: CoreResourceOptions['authorizationServers'][number][] = jwtPresets.map(
  (preset) => (preset as (options: never) => ReturnType<typeof preset>)({} as never),
)
servers.push(
  clerk({ domain: 'a.clerk.accounts.dev' }),
  hydra({ issuer: 'https://as.example' }),
  zitadel({ domain: 'a.zitadel.cloud', projectId: '1' }),
)
const introspected = { clientId: 'rs', clientSecret: 's' }
// @ts-expect-error the format has to be a value
servers.push(hydra({ issuer: 'https://as.example', introspection: introspected }))
// @ts-expect-error the format has to be a value
servers.push(github({ clientId: 'a', clientSecret: 'b' }))

// @ts-expect-error a raw option
protectedResource({ ...BASE, dpop: true })
// @ts-expect-error a raw option
protectedResource({ ...BASE, dpop: { required: true } })
// @ts-expect-error the value of another member
protectedResource({ ...BASE, dpop: mtls() })
// @ts-expect-error a raw option
protectedResource({ ...BASE, mtls: true })
// @ts-expect-error a raw option
protectedResource({ ...BASE, operations: { '*': ['read'] } })
// @ts-expect-error an argument of operations()
protectedResource({ ...BASE, maxBodyBytes: 1 })
// @ts-expect-error a raw option
protectedResource({ ...BASE, revocation: { statusList: true } })
// @ts-expect-error a raw option
protectedResource({ ...BASE, sessions: { secret } })
// @ts-expect-error a raw option
protectedResource({ ...BASE, audit: write })
protectedResource({
  ...BASE,
  authorizationServers: [
    {
      issuer: 'https://as.example',
      // @ts-expect-error a raw token format
      accessToken: [{ kind: 'introspection', clientId: 'rs', clientSecret: 's' }],
    },
  ],
})
// @ts-expect-error a policy without the custom method
operations({ 'a/b': ['read'] })
