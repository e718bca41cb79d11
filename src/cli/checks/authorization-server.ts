/** Whether clients find the authorization server, and whether it is who the resource says it is. */

import { authorizationServerMetadataUrls } from '../../metadata/well-known.ts'
import type { ServerEvidence } from '../evidence.ts'
import {
  type Check,
  error,
  everyone,
  everyoneBut,
  pass,
  quoted,
  type Verdict,
  warn,
} from '../finding.ts'

const AREA = 'Authorization server'

export const AUTHORIZATION_SERVER: readonly Check<ServerEvidence>[] = [
  {
    id: 'server-found',
    area: AREA,
    spec: 'RFC 8414 §3; MCP 2025-11-25 Authorization, Authorization Server Metadata Discovery',
    means: everyone('It cannot log anybody in: it finds no endpoints.'),
    remedy:
      'List the issuer exactly as the authorization server itself writes it, and have its metadata served with status 200 and application/json.',
    judge: judgeFound,
  },
  {
    id: 'server-forms',
    area: AREA,
    spec: 'RFC 8414 §3.1, §5; OpenID Connect Discovery §4.1',
    means: everyone('Clients that try only the first place do not find the server.'),
    remedy:
      'Have the server, or a rewrite in front of it, serve the document at the RFC 8414 place: inserted between host and path.',
    judge: ({ issuer, asked, metadata }) => {
      if (metadata === undefined) return undefined
      const forms = asked.filter(({ document }) => document !== undefined)
      const told = `It answers at ${forms.length} of the ${asked.length} places clients try`
      const [first] = authorizationServerMetadataUrls(issuer)
      if (forms[0]?.url === first) return pass(`${told}, the first included.`)
      return hasPath(issuer)
        ? warn(`${told}, but not at the first, ${first}.`)
        : pass(`${told}: as OpenID provider.`)
    },
  },
  {
    id: 'server-redirect',
    area: AREA,
    spec: 'RFC 8414 §3.2',
    means: everyone('It may not follow: where metadata lives is part of its meaning.'),
    remedy: 'List the issuer of the server that is redirected to, or serve the document in place.',
    judge: ({ asked }) => {
      const moved = asked.find(({ exchange: { status } }) => status >= 300 && status < 400)
      if (moved === undefined) return undefined
      const location = quoted(moved.exchange.headers.get('Location'))
      return warn(`${moved.url} is redirected to ${location}.`)
    },
  },
  {
    id: 'server-html',
    area: AREA,
    spec: 'RFC 8414 §3.2',
    means: everyone('It takes the answer for the document, cannot read it, and may stop there.'),
    remedy: 'Answer 404 at well-known places that are not served; not with the application’s page.',
    judge: ({ asked }) => {
      const page = asked.find(
        ({ exchange, document }) => exchange.status === 200 && document === undefined,
      )
      return page && warn(`${page.url} is answered with 200 and something that is no JSON object.`)
    },
  },
  {
    id: 'server-identity',
    area: AREA,
    spec: 'RFC 8414 §3.3; MCP 2026-07-28 Authorization, Issuer Validation',
    means: everyoneBut(
      { browser: 'The official SDK stops with an issuer mismatch.' },
      'It must not use the document, and does not log in.',
    ),
    remedy:
      'Copy issuer from the server’s own document into authorization_servers, character by character.',
    judge: ({ issuer, metadata }) => {
      if (metadata === undefined) return undefined
      const named = metadata['issuer']
      if (named === issuer) return pass('It calls itself what the resource calls it.')
      const told = `It calls itself ${quoted(named)}, the resource calls it ${quoted(issuer)}`
      return typeof named === 'string' && withoutSlash(named) === withoutSlash(issuer)
        ? error(`${told}: they differ in the slash at the end.`)
        : error(`${told}.`)
    },
  },
  {
    id: 'server-agreement',
    area: AREA,
    spec: 'RFC 8414 §5',
    means: everyone('What the server can do depends on where the client looks first.'),
    remedy: 'Publish the same members in the OAuth and the OpenID document.',
    judge: judgeAgreement,
  },
]

/** What clients decide by; other members may differ between the two kinds of document. */
const DECISIVE = [
  'issuer',
  'authorization_endpoint',
  'token_endpoint',
  'registration_endpoint',
  'jwks_uri',
  'code_challenge_methods_supported',
  'client_id_metadata_document_supported',
]

function judgeFound({ issuer, unvisitable, asked, metadata }: ServerEvidence): Verdict {
  if (unvisitable !== undefined) {
    return error(`${quoted(issuer)} ${unvisitable}: clients elsewhere cannot use it.`)
  }
  const found = asked.find(({ document }) => document !== undefined)
  if (metadata !== undefined && found !== undefined) return pass(`Its metadata is at ${found.url}.`)
  const answers = asked.map(
    ({ url, exchange: { status, reason } }) => `${url}: ${status || reason}`,
  )
  return error(`There is no metadata. ${answers.join('; ')}.`)
}

function judgeAgreement({ asked }: ServerEvidence): Verdict | undefined {
  const [first, ...others] = asked.flatMap(({ document }) =>
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
