/** DPoP (RFC 9449) as a feature: its options, its metadata, its checks. */

import { DpopNonces } from '../binding/dpop-nonce.ts'
import { createReplayGuard } from '../binding/dpop-replay.ts'
import { ProofKeys } from '../binding/proof-keys.ts'
import { checkDpop } from '../config/binding-rules.ts'
import {
  FLAG,
  FLAG_OR_OBJECT,
  FUNCTION,
  POSITIVE,
  TEXT_OR_TEXTS,
  TEXTS,
} from '../config/option-types.ts'
import type { DpopOptions } from '../contract/binding-options.ts'
import { DPOP_DEFAULTS } from '../contract/defaults.ts'
import { PROOF_ALGORITHMS } from '../crypto/algorithms.ts'
import { createTargetUri } from '../http/target-uri.ts'
import { toList } from '../lib/to-list.ts'
import { checkProof, type DpopState } from '../request/check-proof.ts'
import type { BindingFeature } from '../resource/feature.ts'
import type { Settings } from '../resource/settings.ts'
import { objectOf, objectOr, oneOf, strictObjectOf } from '../schema/shapes.ts'
import { optionsOf } from './options-of.ts'

const SHAPE = strictObjectOf(
  {},
  {
    required: FLAG,
    algorithms: TEXTS,
    windowSeconds: POSITIVE,
    nonce: strictObjectOf({ secret: TEXT_OR_TEXTS }, { lifetimeSeconds: POSITIVE }),
    replay: objectOr(objectOf({ add: FUNCTION }), oneOf([false], 'a store or false')),
  },
)

/** The feature without options. */
export const DPOP: BindingFeature = {
  kind: 'binding',
  name: 'dpop',
  shapes: { dpop: objectOr(SHAPE, FLAG_OR_OBJECT) },
  check: checkDpop,
  warnings(settings) {
    const options = optionsOf<DpopOptions>(settings.dpop)
    if (options === undefined || options.replay !== undefined) return []
    const message =
      'is the memory of one isolate: others accept a proof again; give a shared ReplayStore, or false for none'
    return [{ path: 'dpop.replay', message }]
  },
  metadata({ dpop }) {
    const options = optionsOf<DpopOptions>(dpop)
    if (options === undefined) return {}
    return {
      dpop_signing_alg_values_supported: [...(options.algorithms ?? PROOF_ALGORITHMS)],
      dpop_bound_access_tokens_required: options.required === true ? true : undefined,
    }
  },
  create(settings) {
    const options = optionsOf<DpopOptions>(settings.dpop)
    if (options === undefined) return undefined
    const state = createState(options, settings)
    return {
      method: 'jkt',
      required: options.required ?? DPOP_DEFAULTS.required,
      dpop: { algs: [...state.algorithms].join(' ') },
      isSupported: (value) => typeof value === 'string',
      check: (value, presented, call) => checkProof(value as string, presented, call, state),
    }
  },
}

function createState(
  { algorithms, windowSeconds, nonce, replay }: DpopOptions,
  { resource, clockToleranceSeconds: toleranceSeconds }: Settings,
): DpopState {
  return {
    algorithms: new Set(algorithms ?? PROOF_ALGORITHMS),
    windowSeconds: windowSeconds ?? DPOP_DEFAULTS.windowSeconds,
    toleranceSeconds,
    nonces:
      nonce &&
      new DpopNonces({
        resource,
        secrets: [...toList(nonce.secret)],
        lifetimeSeconds: nonce.lifetimeSeconds ?? DPOP_DEFAULTS.nonceLifetimeSeconds,
      }),
    replay: replay === false ? undefined : createReplayGuard(replay),
    keys: new ProofKeys(),
    targetOf: createTargetUri(new URL(resource)),
  }
}
