/** Checks that clients find the authorization server's metadata and that its issuer matches. */

import { parseUrl } from '../../lib/safe-url.ts'
import { authorizationServerMetadataUrls } from '../../metadata/well-known.ts'
import type { ServerEvidence } from '../evidence.ts'
import {
  allClients,
  allClientsExcept,
  type CheckResult,
  checksOf,
  error,
  pass,
  quoteUntrusted,
  warn,
} from '../finding.ts'
import { isMetadataUrl, isMixedLoopback } from '../urls.ts'
import { whyNoDocument } from './resource-metadata-values.ts'

export const AUTHORIZATION_SERVER = checksOf<ServerEvidence>('Authorization server', [
  {
    id: 'server-found',
    spec: 'RFC 8414 §3; MCP 2025-11-25 Authorization, Authorization Server Metadata Discovery',
    means: allClients('It cannot log in: it finds no endpoints.'),
    remedy:
      'List the issuer exactly as it appears in the metadata of the authorization server, and serve that metadata with status 200 and application/json.',
    // `authorization-servers` reports the URL of a document in place of an issuer.
    evaluate: (server) => (isMetadataUrl(server.issuer) ? undefined : checkFound(server)),
  },
  {
    id: 'server-forms',
    spec: 'RFC 8414 §3.1, §5; OpenID Connect Discovery §4.1',
    means: allClients('Clients that try only the first URL do not find the server.'),
    remedy:
      'Serve the document at the RFC 8414 URL, with the well-known path between host and path; a rewrite rule is enough.',
    evaluate: ({ issuer, documents, metadata }) => {
      if (metadata === undefined) return undefined
      const forms = documents.filter(({ document }) => document !== undefined)
      const text = `The metadata is at ${forms.length} of the ${documents.length} URLs that clients try`
      const [first] = authorizationServerMetadataUrls(issuer)
      if (forms[0]?.url === first) return pass(`${text}, including the first.`)
      return hasPath(issuer)
        ? warn(`${text}, but not at the first, ${first}.`)
        : pass(`${text}: the OpenID Connect URL.`)
    },
  },
  {
    id: 'server-redirect',
    spec: 'RFC 8414 §3.2',
    means: allClients(
      'It may not follow the redirect: the URL of the metadata is part of the issuer check.',
    ),
    remedy: 'List the issuer of the redirect target, or serve the document without a redirect.',
    evaluate: ({ documents }) => {
      const moved = documents.find(({ exchange: { status } }) => status >= 300 && status < 400)
      if (moved === undefined) return undefined
      const location = quoteUntrusted(moved.exchange.headers.get('Location'))
      return warn(`${moved.url} redirects to ${location}.`)
    },
  },
  {
    id: 'server-html',
    spec: 'RFC 8414 §3.2',
    means: allClients(
      'It reads the page as the metadata document, fails, and may try no other URL.',
    ),
    remedy: 'Answer 404 at unused well-known URLs, not with an HTML page.',
    evaluate: ({ documents }) => {
      const page = documents.find(
        ({ exchange, document }) => exchange.status === 200 && document === undefined,
      )
      return page && warn(`${page.url} responds with 200, but the body is not a JSON object.`)
    },
  },
  {
    id: 'server-identity',
    spec: 'RFC 8414 §3.3; MCP 2026-07-28 Authorization, Issuer Validation',
    means: allClientsExcept(
      { browser: 'The official SDK reports an issuer mismatch.' },
      'It must not use the document, so it does not log in.',
    ),
    remedy:
      'Copy issuer from the authorization server’s metadata into authorization_servers without changes.',
    evaluate: ({ issuer, metadata }) => {
      if (metadata === undefined) return undefined
      const named = metadata['issuer']
      if (named === issuer) return pass('Its issuer equals the entry in authorization_servers.')
      const text = `Its issuer is ${quoteUntrusted(named)}, authorization_servers lists ${quoteUntrusted(issuer)}`
      const comparison = { expected: quoteUntrusted(issuer), received: quoteUntrusted(named) }
      return error(`${text}${issuerDifference(named, issuer)}.`, comparison)
    },
  },
  {
    id: 'server-agreement',
    spec: 'RFC 8414 §5',
    means: allClients('The features it sees depend on the document it reads first.'),
    remedy: 'Publish the same members in the OAuth and the OpenID Connect document.',
    evaluate: checkAgreement,
  },
])

/** Members that clients use for a decision. Other members may differ between the two documents. */
const DECISIVE = [
  'issuer',
  'authorization_endpoint',
  'token_endpoint',
  'registration_endpoint',
  'jwks_uri',
  'code_challenge_methods_supported',
  'client_id_metadata_document_supported',
]

const UNREACHABLE =
  'List the public https issuer of the authorization server in authorization_servers, which clients on other machines can reach.'

function checkFound(server: ServerEvidence): CheckResult {
  const { issuer, isSelf, blocked, documents, metadata, misplaced } = server
  if (blocked !== undefined) {
    const text = `${quoteUntrusted(issuer)} ${blocked}: clients on other machines cannot use it.`
    return { ...error(text), remedy: UNREACHABLE }
  }
  const found = documents.find(({ document }) => document !== undefined)
  if (metadata !== undefined && found !== undefined) return pass(`Its metadata is at ${found.url}.`)
  const results = documents.map((each) => `${each.url}: ${whyNoDocument(each)}`)
  const self = isSelf
    ? ' The MCP server lists itself: list the server at which users log in, or serve its metadata here.'
    : ''
  const text = `No metadata was found. ${results.join('; ')}.${self}`
  const comparison = {
    expected: `200 with a JSON object at ${documents[0]?.url}`,
    received: misplaced?.url ?? results[0] ?? 'none',
  }
  return misplaced === undefined
    ? error(text, comparison)
    : error(
        `${text} A document is at ${misplaced.url}, which clients do not request for this issuer: its issuer is ${quoteUntrusted(misplaced.document?.['issuer'])}.`,
        comparison,
      )
}

function issuerDifference(named: unknown, listed: string): string {
  if (named === undefined) return ': issuer is missing'
  if (typeof named !== 'string') return ': issuer is not a string'
  if (withoutSlash(named) === withoutSlash(listed)) {
    return ': they differ only in the trailing slash'
  }
  const [one, other] = [parseUrl(named), parseUrl(listed)]
  if (one === undefined || other === undefined) return ''
  if (one.host === other.host) {
    return one.protocol === other.protocol
      ? ': the path differs, as for another tenant or realm'
      : ': the scheme differs, as behind a proxy that terminates TLS'
  }
  if (isMixedLoopback(one, other)) return ': localhost and 127.0.0.1 are two hosts for clients'
  return one.hostname === other.hostname ? ': the port differs' : ': the host differs'
}

function checkAgreement({ documents }: ServerEvidence): CheckResult | undefined {
  const [first, ...others] = documents.flatMap(({ document }) =>
    document === undefined ? [] : [document],
  )
  if (first === undefined || others.length === 0) return undefined
  const members = DECISIVE.filter((name) =>
    others.some((other) => JSON.stringify(other[name]) !== JSON.stringify(first[name])),
  )
  return members.length === 0
    ? pass('Its documents agree.')
    : warn(`Its documents differ in ${members.join(', ')}.`)
}

function hasPath(issuer: string): boolean {
  return new URL(issuer).pathname !== '/'
}

function withoutSlash(text: string): string {
  return text.replace(/\/$/, '')
}
