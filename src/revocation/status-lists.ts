/** The status lists of one authorization server, and what they say about a token. */

import { createRemoteDocument, type DocumentPorts } from '../authorization-server/load-document.ts'
import type { UpstreamError } from '../contract/errors.ts'
import { type RejectionReason, rejectionReasonOf } from '../contract/rejection-reason.ts'
import type { Copy } from '../documents/kept-document.ts'
import type { RemoteDocument } from '../documents/remote-document.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import { fail, PASSED, type Result } from '../lib/result.ts'
import type { PresentedToken } from '../resource/binding.ts'
import type { ServerState } from '../resource/state.ts'
import { KeptLists } from './kept-lists.ts'
import { isRevokedIn, type StatusList } from './status-list.ts'
import { loadStatusList } from './status-list-token.ts'
import { readStatusReference } from './status-reference.ts'

type CheckResult = Result<undefined, RejectionReason>

/** A list may have grown since: it is fetched again for an index beyond its end, but not more often. */
const MIN_REFRESH_SECONDS = 15

const REVOKED = /* @__PURE__ */ fail<RejectionReason>({ code: 'token_revoked' })
const MALFORMED = /* @__PURE__ */ fail<RejectionReason>({ code: 'token_claims', claim: 'status' })

export class StatusLists {
  readonly #server: ServerState
  readonly #ports: DocumentPorts
  readonly #toleranceSeconds: number
  readonly #kept = new KeptLists<RemoteDocument<StatusList>>()
  readonly #reported = new WeakSet<UpstreamError>()

  /** @param ports Of the documents of the server. A list is not kept beyond its time, and not shared. */
  constructor(server: ServerState, ports: DocumentPorts, toleranceSeconds: number) {
    this.#server = server
    this.#ports = { ...ports, staleIfErrorSeconds: 0 }
    this.#toleranceSeconds = toleranceSeconds
  }

  /**
   * Looks up the status of a token. One without `status` passes.
   *
   * Fails with
   * - `token_revoked` — every status but `VALID`, and an index that the list does not have
   * - `token_claims` — a `status` that names no list of the kind
   * - `unavailable` — the list cannot be fetched, or is not valid
   */
  async check({ verified }: PresentedToken, budget: RequestBudget): Promise<CheckResult> {
    const reference = readStatusReference(verified.original, this.#ports.policy.allowHttp)
    if (reference === 'none') return PASSED
    if (reference === 'malformed') return MALFORMED
    const { index, uri } = reference
    const { issuer } = verified
    const list = this.#kept.find(issuer, uri, () => this.#create(uri, issuer))
    const now = this.#ports.now()
    const read = await list.read(budget)
    if (!read.ok) return unavailable(read.error)
    const status = isRevokedIn(read.value.value, index)
    if (status !== undefined) return status ? REVOKED : PASSED
    if (index < 0 || read.value.fetchedAt > now - MIN_REFRESH_SECONDS) return REVOKED
    // Many tokens of a list that has grown may arrive at the same time, and they share one fetch.
    const again = await (list.inFlight(now - MIN_REFRESH_SECONDS, budget) ?? list.refresh(budget))
    if (!again.ok) return unavailable(again.error)
    return isRevokedIn(again.value.value, index) === false ? PASSED : REVOKED
  }

  #create(uri: string, issuer: string): RemoteDocument<StatusList> {
    const server = this.#server
    const { policy, now } = this.#ports
    const request = { uri, issuer, server, policy, now, toleranceSeconds: this.#toleranceSeconds }
    return createRemoteDocument(
      server.options.issuer,
      () => uri,
      this.#ports,
      this.#reported,
      async ({ budget }): Promise<Result<Copy<StatusList>, UpstreamError>> => {
        const loaded = await loadStatusList(request, budget)
        if (loaded.ok) this.#kept.resize(issuer, uri, loaded.value.value.flags.byteLength)
        return loaded
      },
    )
  }
}

function unavailable(cause: UpstreamError): CheckResult {
  return fail(rejectionReasonOf(cause))
}
