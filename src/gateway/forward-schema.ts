/** The schemas of the gateway's options: their names and types. */

import { isObject } from '../lib/json.ts'
import { numeral, objectOf, oneOf, strictObjectOf, typed, valueThat } from '../schema/shapes.ts'

const FUNCTIONS = objectOf({}, {}, typed('function'))
const ANY_OBJECT = valueThat(isObject, 'an object')
/** Timers use 32 bits: a longer delay fires at once. */
const MILLISECONDS = numeral(
  (value) => value > 0 && value < 2 ** 31,
  'a number of milliseconds above 0 and below 2147483648',
)
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
      { key: ANY_OBJECT },
      {
        keyId: typed('string'),
        header: typed('string'),
        audience: valueThat((value) => typeof value === 'string' && value !== '', 'a text'),
        lifetimeSeconds: LIFETIME,
      },
    ),
    exchange: objectOf({ exchange: typed('function') }),
    headers: FUNCTIONS,
    subpaths: typed('boolean'),
    timeoutMs: MILLISECONDS,
    fetch: typed('function'),
  },
)

/** The proxies whose sub-requests {@link forwardAuth} reads. */
export const PROXIES = ['nginx', 'caddy', 'traefik', 'envoy', 'haproxy'] as const

/** `ForwardAuthOptions`. `requirements` have a check of their own. */
export const FORWARD_AUTH_OPTIONS = /* @__PURE__ */ strictObjectOf(
  { proxy: oneOf(PROXIES) },
  { identityHeaders: FUNCTIONS, requirements: ANY_OBJECT },
)
