/** Requirements without a test of their own, each with the reason. What is waived is data, so that it can be counted. */

export interface Waiver {
  /** The row, as in test titles. */
  readonly id: string
  /** `whole`: no test names the row. `part`: tests prove the rest of it. */
  readonly extent: 'whole' | 'part'
  readonly reason: string
}

export const WAIVERS: readonly Waiver[] = [
  {
    id: 'ASM-14',
    extent: 'whole',
    reason:
      'Issuers never come from a request: they are configuration, and so is every URL that is fetched for them. There is no runtime input to guard.',
  },
  {
    id: 'ASM-19',
    extent: 'part',
    reason:
      'The copy of authorization server metadata is passed on with its foreign issuer: that is what clients of MCP 2025-03-26 need, and why it is off unless asked for. Newer clients find the real one through protected resource metadata.',
  },
  {
    id: 'ERR-14',
    extent: 'whole',
    reason:
      'Optional. A handler or proxy can append challenges of other schemes; `realm` and `error_uri` would only repeat what `resource_metadata` leads to.',
  },
  {
    id: 'ERR-19',
    extent: 'whole',
    reason: 'No rule can deny an operation yet without naming scopes, so no such 403 is sent.',
  },
  {
    id: 'INT-02',
    extent: 'part',
    reason:
      'Authenticating at the introspection endpoint with a bearer token is left to the `fetch` of the server’s options, which can add the header. Client secrets and private_key_jwt are ours.',
  },
  {
    id: 'INT-04',
    extent: 'part',
    reason:
      'Authenticating there with a client certificate is left to the `fetch` of the server’s options: no two runtimes present certificates in the same way. https and where the endpoint comes from are ours.',
  },
  {
    id: 'JWK-22',
    extent: 'whole',
    reason:
      'Optional, and not offered yet: keys of the type AKP are skipped like any unknown type.',
  },
  {
    id: 'JWT-18',
    extent: 'whole',
    reason:
      'Encrypted tokens are not supported, so there is no encryption to agree on: a JWE is refused like any other malformed token.',
  },
  {
    id: 'JWT-23',
    extent: 'whole',
    reason: 'The claim `act` is not interpreted yet: it is part of `claims`, and decides nothing.',
  },
  {
    id: 'PRM-25',
    extent: 'whole',
    reason:
      'Optional. An application answers requests for these documents before `protect` sees them; which paths those are is its own knowledge.',
  },
  {
    id: 'PRM-26',
    extent: 'whole',
    reason: 'Optional, and not offered yet: the metadata is served at the derived place only.',
  },
  {
    id: 'SCO-18',
    extent: 'whole',
    reason:
      'There is no `visible` yet: lists are filtered by the MCP server, and access is checked at every call.',
  },
  {
    id: 'SEC-06',
    extent: 'whole',
    reason: 'No token is ever minted here, so there is no third-party session behind one.',
  },
  {
    id: 'SEC-08',
    extent: 'whole',
    reason:
      'No credential is attached to an outgoing request but the client authentication of introspection, whose rows are INT-02 and INT-04.',
  },
  {
    id: 'TRN-06',
    extent: 'whole',
    reason:
      'Which protocol versions are spoken is known to the MCP transport behind us, and refused by it.',
  },
  {
    id: 'TRN-10',
    extent: 'part',
    reason:
      'Whether DELETE is answered, and what sessions are, is known to the MCP transport behind us. That there is no stream on GET is said here where `getStream` is `false`.',
  },
  {
    id: 'TRN-11',
    extent: 'whole',
    reason:
      'What lists hold, and how long results may be cached, is decided by the MCP server that makes them. Access is checked here at every call.',
  },
  {
    id: 'TRN-14',
    extent: 'whole',
    reason: 'Handles are made by the MCP server; the guide to sessions shows how to bind them.',
  },
  {
    id: 'TRN-16',
    extent: 'whole',
    reason:
      'Optional. The MCP server knows which parameters its tools declare; these headers decide nothing here.',
  },
]
