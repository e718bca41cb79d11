/** Rules for the credentials of this server as a client of an authorization server. */

import type { ClientCredentials } from '../authorization-server/client-authentication.ts'
import { privateKeyProblem } from '../crypto/private-key.ts'
import type { Report } from './report.ts'
import { emptyProblem } from './value-rules.ts'

/** The options that hold id and secret, and the message where no credentials are given. */
export interface ClientNames {
  readonly id: string
  readonly secret: string
  readonly missing: string
}

/** Reports every mistake in the credentials: there is exactly one kind, and the method is one for it. */
export function checkClient(
  { id, secret, privateKey, keyId, assertion, authMethod }: ClientCredentials,
  names: ClientNames,
  report: Report,
): void {
  report(names.id, emptyProblem(id))
  report(names.secret, emptyProblem(secret))
  if (privateKey !== undefined) report('privateKey', privateKeyProblem(privateKey))
  const keyMethods = [privateKey, assertion].filter((each) => each !== undefined).length
  if (secret === undefined && keyMethods === 0) {
    report(authMethod === 'private_key_jwt' ? 'privateKey' : names.secret, names.missing)
  } else if (secret !== undefined && keyMethods > 0) {
    const other = privateKey === undefined ? 'assertion' : 'privateKey'
    report(names.secret, `cannot be combined with ${other}; remove one of them`)
  } else if (keyMethods > 1) {
    report('assertion', 'cannot be combined with privateKey; remove one of them')
  } else if (authMethod !== undefined) {
    const isKeyMethod = authMethod === 'private_key_jwt'
    if (isKeyMethod !== keyMethods > 0) {
      report('authMethod', `requires ${isKeyMethod ? 'privateKey' : names.secret}`)
    }
  }
  if (keyId !== undefined && privateKey === undefined) report('keyId', 'requires privateKey')
}
