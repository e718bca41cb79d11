/** Creates the parts that check sender constraints (DPoP, mutual TLS) from the settings. */

import { DpopNonces } from '../binding/dpop-nonce.ts'
import { createReplayGuard } from '../binding/dpop-replay.ts'
import { ProofKeys } from '../binding/proof-keys.ts'
import { createTargetUri } from '../http/target-uri.ts'
import { toList } from '../lib/to-list.ts'
import type { ProtectedResourceFacts } from '../metadata/protected-resource.ts'
import type { Settings } from './settings.ts'
import type { BindingState, DpopState } from './state.ts'

type BindingSettings = Pick<Settings, 'dpop' | 'mtls' | 'resource'>

export function createBinding(settings: BindingSettings): BindingState {
  return { dpop: createDpop(settings), mtls: settings.mtls }
}

/** Whether every request needs a certificate that only the host can show. */
export function requiresCertificate({ mtls }: BindingSettings): boolean {
  return mtls?.required === true && mtls.trustedHeader === undefined
}

/** The members of the metadata about sender constraints (RFC 9728 §2). */
export function bindingFacts({
  dpop,
  mtls,
}: BindingSettings): Pick<ProtectedResourceFacts, 'dpop' | 'mtls'> {
  return {
    dpop: dpop && { algorithms: [...dpop.algorithms], required: dpop.required },
    mtls: mtls !== undefined,
  }
}

/** Warnings about valid options that are probably a mistake. */
export function bindingWarnings({
  dpop,
}: BindingSettings): { readonly path: string; readonly message: string }[] {
  if (dpop === undefined || dpop.replay !== undefined) return []
  const message =
    'remembers proofs in the memory of one isolate: where several serve this resource, a proof can be replayed once at each; give a ReplayStore they share, or false to rely on the time window alone'
  return [{ path: 'dpop.replay', message }]
}

function createDpop({ dpop, resource }: BindingSettings): DpopState | undefined {
  if (dpop === undefined) return undefined
  const { required, algorithms, windowSeconds, nonce, replay } = dpop
  return {
    required,
    algorithms: new Set(algorithms),
    algs: algorithms.join(' '),
    windowSeconds,
    nonces:
      nonce &&
      new DpopNonces({
        resource,
        secrets: [...toList(nonce.secret)],
        lifetimeSeconds: nonce.lifetimeSeconds,
      }),
    replay: replay === false ? undefined : createReplayGuard(replay),
    keys: new ProofKeys(),
    targetOf: createTargetUri(new URL(resource)),
  }
}
