/** The hosts of Microsoft Entra ID in its clouds, and the issuers of their tokens. */

import type {
  AuthorizationServerOptions,
  IssuerTemplate,
} from '../contract/authorization-server-options.ts'

/** The tenants of a server: one, or those that an authority such as `organizations` covers. */
export type TenantRange = { readonly tenant: string } | { readonly authority: string }

type Places = Pick<
  AuthorizationServerOptions,
  'issuer' | 'metadataUrl' | 'dangerouslyIgnoreKeyIssuer'
> &
  Pick<IssuerTemplate, 'issuerFits'> & { readonly pattern: readonly string[] }

/** Hosts of v2 and v1 tokens: https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud */
const CLOUDS = {
  public: { login: 'https://login.microsoftonline.com', sts: 'https://sts.windows.net' },
  us: { login: 'https://login.microsoftonline.us', sts: 'https://sts.windows.net' },
  china: {
    login: 'https://login.partner.microsoftonline.cn',
    sts: 'https://sts.chinacloudapi.cn',
  },
} as const

/** The names of the clouds that are not External ID. */
export const CLOUD_NAMES: readonly string[] = Object.keys(CLOUDS)

/** The issuer of a range of tenants, and the patterns of the issuers in its tokens. */
export function placesOf(
  cloud: keyof typeof CLOUDS | { readonly external: string } | undefined,
  range: TenantRange,
): Places {
  if (typeof cloud === 'object') return externalPlaces(cloud.external, range)
  const { login, sts } = CLOUDS[cloud ?? 'public']
  const isSingle = 'tenant' in range
  return {
    issuer: `${login}/${isSingle ? range.tenant : range.authority}/v2.0`,
    pattern: [`${login}/{tenantid}/v2.0`, `${sts}/{tenantid}/`],
    issuerFits: isSingle ? 'tenant' : 'pattern',
  }
}

/**
 * The host of External ID is the name of the tenant in its metadata URL, and the GUID of the tenant in its
 * issuer. Its keys name the issuer of another cloud.
 */
function externalPlaces(subdomain: string, range: TenantRange): Places {
  const base = `https://${subdomain}.ciamlogin.com`
  const document = '/v2.0/.well-known/openid-configuration'
  if ('tenant' in range) {
    const { tenant } = range
    return {
      issuer: `https://${tenant}.ciamlogin.com/${tenant}/v2.0`,
      metadataUrl: `${base}/${tenant}${document}`,
      pattern: [`https://${tenant}.ciamlogin.com/{tenantid}/v2.0`],
      issuerFits: 'tenant',
      dangerouslyIgnoreKeyIssuer: true,
    }
  }
  return {
    issuer: `${base}/${range.authority}/v2.0`,
    pattern: ['https://{tenantid}.ciamlogin.com/{tenantid}/v2.0'],
    issuerFits: undefined,
    dangerouslyIgnoreKeyIssuer: true,
  }
}
