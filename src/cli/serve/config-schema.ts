/** The members of the configuration file. `gatehouse.schema.json` describes them for editors. */

import { PROXIES } from '../../gateway/forward-schema.ts'
import { isObject } from '../../lib/json.ts'
import {
  anything,
  listOf,
  numeral,
  objectOf,
  oneOf,
  type Shapes,
  strictObjectOf,
  typed,
  valueThat,
} from '../../schema/shapes.ts'

const TEXT = typed('string')
/** Checked by the functions that take them. */
const CHECKED_LATER = valueThat(isObject, 'an object')

/** What a header field states about the client: a member of the verified context, or one of its claims. */
const FACTS = ['subject', 'clientId', 'issuer', 'scopes'] as const
export const CLAIM_FACT = /^claims\.(.+)$/

const FACT = valueThat(
  (value) =>
    typeof value === 'string' &&
    ((FACTS as readonly string[]).includes(value) || CLAIM_FACT.test(value)),
  `'subject', 'clientId', 'issuer', 'scopes' or 'claims.' and a name`,
)

const ENTRY: Shapes = {
  resource: CHECKED_LATER,
  upstream: TEXT,
  forwardAuth: oneOf(PROXIES),
  identity: strictObjectOf(
    { keyFile: TEXT },
    {
      keyId: TEXT,
      header: TEXT,
      audience: TEXT,
      lifetimeSeconds: numeral((value) => value > 0, 'a number above 0'),
    },
  ),
  identityHeaders: objectOf({}, {}, FACT),
  exchange: CHECKED_LATER,
  subpaths: typed('boolean'),
  timeoutMs: numeral((value) => value > 0, 'a number above 0'),
}

/** One resource in the list. */
const LISTED = strictObjectOf({}, ENTRY)

/** The whole file. */
export const CONFIG_FILE = strictObjectOf(
  {},
  {
    $schema: anything(),
    listen: TEXT,
    log: oneOf(['json', 'text']),
    resources: listOf(LISTED),
    ...ENTRY,
  },
)
