import type { Area } from '../requirements.ts'

export const INT: Area = {
  id: 'INT',
  title: 'Token introspection',
  rows: [
    {
      id: 'INT-01',
      level: 'MUST',
      says: 'The question is a form in a POST; the token never stands in a URL.',
      spec: 'RFC 7662 §2.1, §4',
    },
    {
      id: 'INT-02',
      level: 'MUST',
      says: 'We authenticate to the endpoint, with name and secret encoded as the form demands.',
      spec: 'RFC 7662 §2.1; RFC 6749 §2.3.1',
    },
    {
      id: 'INT-03',
      level: 'MAY',
      says: 'A hint says that it is an access token.',
      spec: 'RFC 7662 §2.1',
    },
    {
      id: 'INT-04',
      level: 'MUST',
      says: 'The endpoint is https and comes from the configuration or the issuer’s own metadata.',
      spec: 'RFC 7662 §4; RFC 8414 §2',
    },
    {
      id: 'INT-05',
      level: 'MUST',
      says: 'Only `active: true` is active.',
      spec: 'RFC 7662 §2.2',
    },
    {
      id: 'INT-06',
      level: 'MUST',
      derived: true,
      says: 'A failure of the endpoint is not the client’s fault: 5xx.',
      spec: 'RFC 7662 §2.3; RFC 9110 §15.6',
    },
    {
      id: 'INT-07',
      level: 'MUST',
      derived: true,
      says: 'An active token whose times say otherwise is refused.',
      spec: 'RFC 7662 §2.2',
    },
    {
      id: 'INT-08',
      level: 'MUST',
      says: 'The audience is judged as for a JWT; its absence passes only by an explicit danger.',
      spec: 'MCP Token Handling; RFC 7662 §2.2',
      revisions: 'explicit since 2025-06-18',
    },
    {
      id: 'INT-09',
      level: 'SHOULD',
      says: 'An `iss` in the answer is the configured one; unknown members are passed over.',
      spec: 'RFC 7662 §2.2',
    },
    {
      id: 'INT-10',
      level: 'SHOULD',
      derived: true,
      says: 'An active token of another kind, a refresh token say, is refused.',
      spec: 'RFC 7662 §2.1, §2.2',
    },
    {
      id: 'INT-11',
      level: 'MUST',
      says: 'Bindings in the answer are enforced as for a JWT.',
      spec: 'RFC 9449 §6.2; RFC 8705 §3.2',
    },
    {
      id: 'INT-12',
      level: 'MUST',
      says: 'Remembered answers end with their token, and remembering is off unless configured.',
      spec: 'RFC 7662 §4',
    },
    {
      id: 'INT-13',
      level: 'MUST',
      says: 'What leaves the process knows tokens by their digest only.',
      spec: 'RFC 9700 §4.9.3',
    },
    {
      id: 'INT-14',
      level: 'MUST',
      says: 'Where signed answers are demanded nothing else is taken.',
      spec: 'RFC 9701 §4, §5',
    },
    {
      id: 'INT-15',
      level: 'MUST',
      says: 'A signed answer is from our issuer, for us, and speaks only through its own claim.',
      spec: 'RFC 9701 §5',
    },
    {
      id: 'INT-16',
      level: 'MUST',
      says: 'A signed answer is no access token.',
      spec: 'RFC 9701 §8.1',
    },
  ],
}
