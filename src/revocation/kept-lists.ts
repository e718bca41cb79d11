/** Which status lists of one authorization server are kept: bounded in number, and in bytes for all issuers together. */

import { BoundedMap } from '../lib/bounded-map.ts'

/** The lists of one issuer that are kept; the one used longest ago is dropped. Each has at most 2 MiB. */
const MAX_LISTS = 16
/** The issuers whose lists are kept: the tenants of a template, and the names of a server that has moved. */
const MAX_ISSUERS = 256
/** For the lists of all issuers: as much as the longest lists of one issuer take. */
const MAX_BYTES = 33_554_432

interface Kept<List> {
  readonly list: List
  bytes: number
}

type ListsOfIssuer<List> = BoundedMap<Kept<List>>

export class KeptLists<List> {
  readonly #issuers = new BoundedMap<ListsOfIssuer<List>>({ maxEntries: MAX_ISSUERS })

  /** The list of an issuer at a URI, created at its first use. */
  find(issuer: string, uri: string, create: () => List): List {
    const lists = this.#issuers.get(issuer) ?? new BoundedMap({ maxEntries: MAX_LISTS })
    const kept = lists.get(uri) ?? { list: create(), bytes: 0 }
    // Set again at every use, so that what was used longest ago is dropped.
    lists.set(uri, kept)
    this.#issuers.set(issuer, lists)
    return kept.list
  }

  /**
   * Notes the size of a list that was fetched. While all lists together are too large, the issuer that has most bytes
   * loses a list, so that a tenant with many long lists displaces its own.
   */
  resize(issuer: string, uri: string, bytes: number): void {
    const kept = this.#issuers.get(issuer)?.get(uri)
    if (kept === undefined) return
    kept.bytes = bytes
    let others = this.#sizes(kept).reduce((sum, [, size]) => sum + size, 0)
    while (others > 0 && others + bytes > MAX_BYTES) {
      const [lists] = this.#sizes(kept).reduce((one, other) => (other[1] > one[1] ? other : one))
      others -= dropOldest(lists, kept)
    }
  }

  /** The bytes of each issuer without this list. */
  #sizes(except: Kept<List>): (readonly [ListsOfIssuer<List>, bytes: number])[] {
    return Array.from(this.#issuers.values(), (lists) => {
      const others = [...lists.values()].filter((each) => each !== except)
      return [lists, others.reduce((sum, { bytes }) => sum + bytes, 0)]
    })
  }
}

/** Drops the list that was used longest ago, but not this one. @returns Its bytes. */
function dropOldest<List>(lists: ListsOfIssuer<List>, except: Kept<List>): number {
  for (const uri of lists.keys()) {
    const kept = lists.get(uri)
    if (kept === undefined || kept === except) continue
    lists.delete(uri)
    return kept.bytes
  }
  return 0
}
