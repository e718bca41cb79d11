import type { Area } from '../requirements.ts'

export const COR: Area = {
  id: 'COR',
  title: 'Browser clients',
  rows: [
    {
      id: 'COR-01',
      level: 'MUST',
      says: 'Preflights are answered without credentials and redirects.',
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
      says: 'Methods beyond the safelist are allowed where they are used.',
      spec: 'Fetch, CORS-preflight fetch',
      revisions: '2026-07-28: POST only',
    },
    {
      id: 'COR-05',
      level: 'MUST',
      says: 'Refusals can be read by the page that got them.',
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
      says: 'Answers that depend on the origin say so to caches.',
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
      says: 'Preflights may be remembered for a while.',
      spec: 'Fetch, HTTP responses',
    },
    {
      id: 'COR-10',
      level: 'MAY',
      says: 'Metadata can be read from every origin.',
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
