import type { Area } from '../requirements.ts'

export const COR: Area = {
  id: 'COR',
  title: 'Browser clients',
  rows: [
    {
      id: 'COR-01',
      level: 'MUST',
      says: 'Preflights need no credentials and are not redirected.',
      spec: 'Fetch, CORS-preflight fetch',
    },
    {
      id: 'COR-02',
      level: 'MUST',
      says: '`Authorization` is allowed by name.',
      spec: 'Fetch, CORS non-wildcard request-header name',
    },
    {
      id: 'COR-03',
      level: 'MUST',
      says: 'The headers of MCP and DPoP are allowed too.',
      spec: 'Fetch, CORS-preflight fetch; MCP Streamable HTTP',
      revisions: '2025-06-18 adds the version header, 2026-07-28 `Mcp-*`',
    },
    {
      id: 'COR-04',
      level: 'MUST',
      says: 'The methods of MCP beyond the safelist are allowed.',
      spec: 'Fetch, CORS-preflight fetch',
      revisions: '2026-07-28: POST only',
    },
    {
      id: 'COR-05',
      level: 'MUST',
      says: 'The page that sent a request can read its rejection.',
      spec: 'Fetch, CORS check',
    },
    {
      id: 'COR-06',
      level: 'MUST',
      says: 'Scripts can read challenges, nonces and session ids.',
      spec: 'RFC 9449 §7.1, §8; Fetch, CORS protocol',
    },
    {
      id: 'COR-07',
      level: 'MUST',
      says: 'Responses that depend on the origin have `Vary: Origin`.',
      spec: 'Fetch, CORS protocol and HTTP caches; RFC 9110 §12.5.5',
    },
    {
      id: 'COR-08',
      level: 'MUST NOT',
      says: 'Cookies are never allowed.',
      spec: 'Fetch, CORS protocol and credentials',
    },
    {
      id: 'COR-09',
      level: 'MAY',
      says: 'Preflight responses may be cached for a limited time.',
      spec: 'Fetch, HTTP responses',
    },
    {
      id: 'COR-10',
      level: 'MAY',
      says: 'Pages of every origin can read the metadata.',
      spec: 'RFC 9700 §2.6; MCP 2025-03-26 Server Metadata Discovery Headers',
      revisions: '2025-03-26 clients send a header that needs a preflight',
    },
    {
      id: 'COR-11',
      level: 'SHOULD',
      derived: true,
      says: 'Preflights allow the headers and methods of every MCP revision.',
      spec: 'MCP Streamable HTTP; Fetch §4.8',
    },
  ],
}
