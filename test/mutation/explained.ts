/** Mutants that live because no caller can observe them. A person has read each. */

import { AUTHORIZATION_SERVER } from './explained/authorization-server.ts'
import { BINDING } from './explained/binding.ts'
import { CRYPTO } from './explained/crypto.ts'
import { EXCHANGE } from './explained/exchange.ts'
import { FEATURES } from './explained/features.ts'
import { GATEWAY } from './explained/gateway.ts'
import { HTTP } from './explained/http.ts'
import { JWT } from './explained/jwt.ts'
import { LIB } from './explained/lib.ts'
import { MCP } from './explained/mcp.ts'
import { OPAQUE } from './explained/opaque.ts'
import { REVOCATION } from './explained/revocation.ts'
import { SESSION } from './explained/session.ts'

export interface Explanation {
  readonly file: string
  readonly was: string
  readonly becomes: string | readonly string[]
  /** Part of the line, where the file contains the same code in several places; after `^` its beginning. */
  readonly where?: string
  readonly why: string
}

const REASONS = [
  ...AUTHORIZATION_SERVER,
  ...BINDING,
  ...CRYPTO,
  ...EXCHANGE,
  ...FEATURES,
  ...GATEWAY,
  ...HTTP,
  ...JWT,
  ...LIB,
  ...MCP,
  ...OPAQUE,
  ...REVOCATION,
  ...SESSION,
]

export const EXPLAINED: readonly Explanation[] = REASONS.flatMap(([file, why, changes]) =>
  changes.map(([was, becomes, where]) => ({
    file,
    was,
    becomes,
    why,
    ...(where === undefined ? {} : { where }),
  })),
)
