/** Making ready what binds tokens to their senders: options in, state out, nothing done yet. */

import { DpopNonces } from '../binding/dpop-nonce.ts'
import { createReplayGuard } from '../binding/dpop-replay.ts'
import { ProofKeys } from '../binding/proof-keys.ts'
import type { DpopOptions } from '../contract/binding-options.ts'
import type { ProtectedResourceOptions } from '../contract/resource-options.ts'
import { PROOF_ALGORITHMS } from '../crypto/algorithms.ts'
import { createTargetUri } from '../http/target-uri.ts'
import { toList } from '../lib/to-list.ts'
import type { ProtectedResourceFacts } from '../metadata/protected-resource.ts'
import type { DpopState, MtlsState } from './state.ts'

/** RFC 9449 §11.1 wants a short time; five minutes is what MCP's profile (SEP-1932) allows. */
const DEFAULT_WINDOW_SECONDS = 300
const DEFAULT_NONCE_LIFETIME_SECONDS = 300

/** `undefined`: DPoP is not offered. */
export function createDpop({
  dpop,
  resource,
}: ProtectedResourceOptions<string>): DpopState | undefined {
  const options = optionsOf(dpop)
  if (options === undefined) return undefined
  const { required = false, windowSeconds = DEFAULT_WINDOW_SECONDS, replay } = options
  const algorithms = algorithmsOf(options)
  return {
    required,
    algorithms: new Set(algorithms),
    algs: algorithms.join(' '),
    windowSeconds,
    nonces: createNonces(options, resource),
    replay: replay === false ? undefined : createReplayGuard(replay),
    keys: new ProofKeys(),
    targetOf: createTargetUri(new URL(resource)),
  }
}

/** `undefined`: certificate-bound tokens are refused. */
export function createMtls({ mtls }: ProtectedResourceOptions<string>): MtlsState | undefined {
  const options = optionsOf(mtls)
  if (options === undefined) return undefined
  return { required: options.required ?? false, trustedHeader: options.dangerouslyTrustHeader }
}

/** Whether only the host can say what nobody gets in without. */
export function requiresCertificate(options: ProtectedResourceOptions<string>): boolean {
  const mtls = createMtls(options)
  return mtls?.required === true && mtls.trustedHeader === undefined
}

/** What the metadata says of both (RFC 9728 §2). */
export function bindingFacts(
  options: ProtectedResourceOptions<string>,
): Pick<ProtectedResourceFacts, 'dpop' | 'mtls'> {
  const dpop = optionsOf(options.dpop)
  return {
    dpop: dpop && { algorithms: algorithmsOf(dpop), required: dpop.required ?? false },
    mtls: optionsOf(options.mtls) !== undefined,
  }
}

/** What is probably not meant about options that are valid. */
export function bindingWarnings({
  dpop,
}: ProtectedResourceOptions<string>): { readonly path: string; readonly message: string }[] {
  const options = optionsOf(dpop)
  if (options === undefined || options.replay !== undefined) return []
  const message =
    'remembers proofs in the memory of one isolate: where several serve this resource, a proof can be replayed once at each; give a ReplayStore they share, or false to rely on the time window alone'
  return [{ path: 'dpop.replay', message }]
}

function algorithmsOf({ algorithms }: DpopOptions): string[] {
  return [...(algorithms ?? PROOF_ALGORITHMS)]
}

function createNonces({ nonce }: DpopOptions, resource: string): DpopNonces | undefined {
  if (nonce === undefined) return undefined
  const { secret, lifetimeSeconds = DEFAULT_NONCE_LIFETIME_SECONDS } = nonce
  return new DpopNonces({ resource, secrets: [...toList(secret)], lifetimeSeconds })
}

/** `true` means all defaults. */
function optionsOf<Options extends object>(
  option: boolean | Options | undefined,
): Partial<Options> | undefined {
  if (option === undefined || option === false) return undefined
  return option === true ? Object.create(null) : option
}
