/** A cached token with a fresh proof: one signature to verify. */

import { authenticate, type ProtectedResource } from '../dist/index.js'
import type { Case } from './case.ts'
import { createProofs, createRequest, importVerificationKey, publicPart } from './fixtures.ts'
import {
  createResource,
  OURS,
  oauth4webapi,
  present,
  type Subject,
  subtleVerify,
} from './subjects.ts'

/** The replay store accepts each proof once. On Workers one principal may have more proofs than this. */
const PROOFS = 500

export const dpop: Case = {
  part: 'dpop',
  title: 'DPoP: a token seen before with a fresh proof',
  async prepare({ dpop: { token, key }, keys }) {
    const proofs = await createProofs({ token, key }, PROOFS)
    const requests = proofs.map((proof) => createRequest(`DPoP ${token}`, proof))
    const make = (replay: false | undefined) => () =>
      createResource(keys.ES256, { dpop: { replay } })
    return {
      subjects: await present([
        subtleVerify(await importVerificationKey('ES256', publicPart(key)), proofs),
        proving(`${OURS}, replay check off`, make(false), requests),
        proving(`${OURS}, replay check on`, make(undefined), requests),
        oauth4webapi(await importVerificationKey('ES256', keys.ES256)),
      ]),
      requests,
      expected: 'accept',
    }
  },
}

/** Sends the proofs in order, with a new replay store for each pass. */
function proving(
  name: string,
  make: () => ProtectedResource,
  requests: readonly Request[],
): Subject {
  let resource = make()
  let index = 0
  return {
    name,
    role: 'ours',
    run() {
      if (index === requests.length) [resource, index] = [make(), 0]
      const request = requests[index] as Request
      index += 1
      return authenticate(request, resource)
    },
  }
}
