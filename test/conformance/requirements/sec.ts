import type { Area } from '../requirements.ts'

export const SEC: Area = {
  id: 'SEC',
  title: 'Security throughout',
  rows: [
    {
      id: 'SEC-01',
      level: 'MUST NOT',
      says: 'A token is sent only to the server that verifies it and, for an exchange, to the token endpoint of its issuer.',
      spec: 'MCP Token Handling; MCP Security Best Practices, Token Passthrough',
      revisions: 'explicit since 2025-06-18',
    },
    {
      id: 'SEC-02',
      level: 'MUST',
      says: 'The handler runs only after every check; an exception never accepts a request.',
      spec: 'MCP Access Token Privilege Restriction; RFC 9449 §7.1',
    },
    {
      id: 'SEC-03',
      level: 'MUST',
      says: 'No message, event, log or shared store contains a token or a proof.',
      spec: 'RFC 9700 §4.9.3; RFC 6750 §5.3',
    },
    {
      id: 'SEC-04',
      level: 'MUST',
      says: 'Plain http is accepted for loopback or with a `dangerously…` option.',
      spec: 'OAuth 2.1 §1.5; RFC 6750 §5.3',
    },
    {
      id: 'SEC-05',
      level: 'SHOULD',
      says: 'Tokens can be bound to their sender, and binding can be required.',
      spec: 'RFC 9700 §2.2.1, §4.10.1; OAuth 2.1 §1.4.3',
    },
    {
      id: 'SEC-06',
      level: 'MUST',
      says: 'Tokens that are based on a third-party session are checked against that session.',
      spec: 'MCP 2025-03-26 Session Binding Requirements',
      revisions: '2025-03-26',
    },
    {
      id: 'SEC-07',
      level: 'SHOULD',
      says: 'Client-credentials and enterprise-managed tokens follow the same rules, and an ID-JAG is not an access token.',
      spec: 'MCP Enterprise-Managed Authorization §4.3, §5',
    },
    {
      id: 'SEC-08',
      level: 'MUST',
      derived: true,
      says: 'A credential attached to an outgoing request goes to its configured origin only, never along a redirect.',
      spec: 'MCP Security Best Practices, Token Passthrough',
    },
    {
      id: 'SEC-09',
      level: 'SHOULD',
      derived: true,
      says: 'A polluted `Object.prototype` changes no decision.',
      spec: 'OAuth 2.1 §5.2',
    },
  ],
}
