/** Introspection (RFC 7662) as a feature. */

import { checkAccepts, checkIntrospection } from '../config/opaque-rules.ts'
import { AUTH_METHOD, COUNT, FLAG, FUNCTION, TEXT } from '../config/option-types.ts'
import type { IntrospectionOptions } from '../contract/access-token-options.ts'
import { checkClaims } from '../opaque/check-claims.ts'
import { Introspection } from '../opaque/introspection.ts'
import type { TokenFormatFeature } from '../resource/feature.ts'
import { anything, strictObjectOf } from '../schema/shapes.ts'
import { createOpaqueVerifier, OPAQUE_STEPS } from './opaque.ts'

/** The feature without options. */
export const INTROSPECTION: TokenFormatFeature = {
  kind: 'tokenFormat',
  name: 'introspection',
  shape: strictObjectOf(
    { kind: anything(), clientId: TEXT },
    {
      endpoint: TEXT,
      clientSecret: TEXT,
      privateKey: anything(),
      keyId: TEXT,
      authMethod: AUTH_METHOD,
      cacheSeconds: COUNT,
      signedResponse: FLAG,
      accepts: FUNCTION,
    },
  ),
  check: (format, allowHttp, report) =>
    checkIntrospection(format as IntrospectionOptions, allowHttp, report),
  checkServers: checkAccepts,
  needsKeys: (format) => (format as IntrospectionOptions).signedResponse === true,
  neededMember: (format) =>
    (format as IntrospectionOptions).endpoint === undefined ? 'introspection_endpoint' : undefined,
  create: (format, dependencies) =>
    createOpaqueVerifier(format, dependencies, (rules) => {
      const { server, documents, ports, audience, times } = dependencies
      const introspection = new Introspection(format as IntrospectionOptions, {
        issuer: server.issuer,
        audience,
        documents,
        ports,
        toleranceSeconds: times.toleranceSeconds,
        isGood: (claims, now) => checkClaims(claims, rules, now).ok,
      })
      return (token, budget) => introspection.introspect(token, budget)
    }),
  steps: OPAQUE_STEPS,
}
