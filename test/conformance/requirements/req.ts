import type { Area } from '../requirements.ts'

export const REQ: Area = {
  id: 'REQ',
  title: 'Credentials in the request',
  rows: [
    {
      id: 'REQ-01',
      level: 'MUST',
      says: 'Bearer tokens are read from `Authorization`.',
      spec: 'OAuth 2.1 §5.1.1; RFC 6750 §2.1',
    },
    {
      id: 'REQ-02',
      level: 'MUST',
      says: 'The scheme is case-insensitive, the token is case-sensitive.',
      spec: 'RFC 9110 §11.1',
    },
    {
      id: 'REQ-03',
      level: 'MUST',
      says: 'Credentials are a scheme, spaces and one token; anything else is malformed.',
      spec: 'RFC 9110 §11.4; RFC 6750 §2.1',
    },
    {
      id: 'REQ-04',
      level: 'MUST',
      derived: true,
      says: 'Several sets of credentials are rejected; the first one is not used.',
      spec: 'RFC 6750 §3.1; RFC 9110 §5.3',
    },
    {
      id: 'REQ-05',
      level: 'MUST',
      says: 'Tokens in the query are not read.',
      spec: 'OAuth 2.1 §5.1',
    },
    {
      id: 'REQ-06',
      level: 'MAY',
      says: 'Tokens in a form body are not read.',
      spec: 'OAuth 2.1 §5.1.2; RFC 6750 §2.2',
    },
    {
      id: 'REQ-07',
      level: 'SHOULD',
      says: 'Credentials of another scheme count as missing.',
      spec: 'RFC 6750 §3.1',
    },
    {
      id: 'REQ-08',
      level: 'MUST',
      says: 'Every request is authenticated separately, regardless of its method and session.',
      spec: 'MCP Token Requirements',
      revisions: '2026-07-28 has no sessions',
    },
    {
      id: 'REQ-09',
      level: 'SHOULD',
      derived: true,
      says: 'A token is visible ASCII without `"`, `,` and `\\`; a token that no configured format accepts is 401.',
      spec: 'RFC 6750 §2.1',
    },
  ],
}
