/**
 * Documents that resources share. Resources with the very same `AuthorizationServerOptions` object have
 * one discovery and one key fetch for it. A weak map finds the documents by that object, and drops them when the
 * object is collected.
 */

import { createIssuerDocuments, type IssuerDocuments } from '../authorization-server/documents.ts'
import type { DocumentPorts } from '../authorization-server/load-document.ts'
import { type DocumentEvent, emit } from '../contract/events.ts'
import { clockOf } from '../contract/ports.ts'
import { SharedStore } from '../documents/document-store.ts'
import { toList } from '../lib/to-list.ts'
import type { ServerSettings, Settings } from './settings.ts'

interface SharedDocuments {
  /** Everything that decides how documents are fetched; resources share only where all of it is equal. */
  readonly conditions: readonly unknown[]
  readonly documents: IssuerDocuments
  readonly listeners: Set<NonNullable<Settings['onEvent']>>
}

const SHARED = /* @__PURE__ */ new WeakMap<object, SharedDocuments[]>()

/** The documents of a server: those of an earlier resource with the same object, or new ones. */
export function sharedDocumentsOf(server: ServerSettings, settings: Settings): IssuerDocuments {
  const conditions = [
    settings.fetch,
    settings.now,
    settings.documentStore,
    settings.documentStoreSecret,
    settings.staleIfErrorSeconds,
    settings.dangerouslyAllowHttp,
  ]
  const known = SHARED.get(server.sharedBy) ?? []
  let shared = known.find((each) =>
    each.conditions.every((condition, index) => condition === conditions[index]),
  )
  if (shared === undefined) {
    shared = createShared(server, settings, conditions)
    SHARED.set(server.sharedBy, [...known, shared])
  }
  if (settings.onEvent !== undefined) shared.listeners.add(settings.onEvent)
  return shared.documents
}

/** What fetching documents of a server depends on. */
export function documentPorts(
  server: ServerSettings,
  settings: Settings,
  report: (event: DocumentEvent) => void,
): DocumentPorts {
  const { fetch, timeoutMs, maxBytes, allowHttp } = server
  const { documentStore: store, documentStoreSecret: secret = [], staleIfErrorSeconds } = settings
  const now = clockOf(settings.now)
  return {
    policy: { fetch, timeoutMs, maxBytes, allowHttp },
    now,
    staleIfErrorSeconds,
    shared:
      store === undefined
        ? undefined
        : new SharedStore({ store, secrets: toList(secret), now, staleIfErrorSeconds, report }),
    report,
  }
}

function createShared(
  server: ServerSettings,
  settings: Settings,
  conditions: readonly unknown[],
): SharedDocuments {
  const listeners: SharedDocuments['listeners'] = new Set()
  const ports = documentPorts(server, settings, (event) => {
    for (const listener of listeners) emit(listener, event)
  })
  return { conditions, listeners, documents: createIssuerDocuments(server.options, ports) }
}
