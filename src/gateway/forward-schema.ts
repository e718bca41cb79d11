/** The schemas of the gateway's options: their names and types. */

import { FLAG, FUNCTION, MEMBERS, TEXT, TIMER } from '../config/option-types.ts'
import { numeral, objectOf, oneOf, strictObjectOf, valueThat } from '../schema/shapes.ts'

const FUNCTIONS = objectOf({}, {}, FUNCTION)
/** Each request has a JWT of its own. One that is valid for more than a day would only help an attacker that has copied it. */
const LIFETIME = numeral(
  (value) => Number.isSafeInteger(value) && value >= 1 && value <= 86_400,
  'a whole number of seconds between 1 and 86400',
)

/** `ForwardOptions`. */
export const FORWARD_OPTIONS = /* @__PURE__ */ strictObjectOf(
  {},
  {
    identity: strictObjectOf(
      { key: MEMBERS },
      {
        keyId: TEXT,
        header: TEXT,
        audience: valueThat((value) => typeof value === 'string' && value !== '', 'a text'),
        lifetimeSeconds: LIFETIME,
      },
    ),
    exchange: objectOf({ exchange: FUNCTION }),
    headers: FUNCTIONS,
    subpaths: FLAG,
    timeoutMs: TIMER,
    fetch: FUNCTION,
  },
)

/** The proxies whose sub-requests {@link forwardAuth} reads. */
export const PROXIES = ['nginx', 'caddy', 'traefik', 'envoy', 'haproxy'] as const

/** `ForwardAuthOptions`. `requirements` have a check of their own. */
export const FORWARD_AUTH_OPTIONS = /* @__PURE__ */ strictObjectOf(
  { proxy: oneOf(PROXIES) },
  { identityHeaders: FUNCTIONS, requirements: MEMBERS },
)
