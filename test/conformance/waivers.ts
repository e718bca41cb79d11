/** Requirements that are not or not fully tested, each with the reason. docs/conformance.md counts and prints them. */

export interface Waiver {
  /** The id of the row. */
  readonly id: string
  /** `whole`: no test proves the row. `part`: tests prove the rest of it. */
  readonly extent: 'whole' | 'part'
  readonly reason: string
}

export const WAIVERS: readonly Waiver[] = [
  {
    id: 'ASM-14',
    extent: 'whole',
    reason:
      'Issuers and the URLs of their documents are configuration. No request can add one, so there is no input to guard.',
  },
  {
    id: 'ASM-19',
    extent: 'part',
    reason:
      'The copy of the authorization server metadata keeps its issuer, which clients of MCP 2025-03-26 need. The copy is off by default. Newer clients find the original through protected resource metadata.',
  },
  {
    id: 'ERR-14',
    extent: 'whole',
    reason:
      'Optional. A handler or proxy can append challenges of other schemes; `realm` and `error_uri` would repeat what `resource_metadata` points to.',
  },
  {
    id: 'INT-02',
    extent: 'part',
    reason:
      'The `fetch` of the server’s options can add a bearer token for the introspection endpoint. The library itself supports client secrets and private_key_jwt.',
  },
  {
    id: 'INT-04',
    extent: 'part',
    reason:
      'The `fetch` of the server’s options can present a client certificate; each runtime does that in its own way. The library checks https and the source of the endpoint.',
  },
  {
    id: 'JWT-18',
    extent: 'whole',
    reason: 'Encrypted tokens are not supported: a JWE is rejected as malformed.',
  },
  {
    id: 'PRM-25',
    extent: 'whole',
    reason:
      'Optional. An application serves these documents before it calls `protect`; only the application knows their paths. The guide of places has a program.',
  },
  {
    id: 'TRN-06',
    extent: 'whole',
    reason: 'The MCP transport of the application knows its protocol versions and rejects others.',
  },
  {
    id: 'TRN-10',
    extent: 'part',
    reason:
      'The MCP transport of the application decides about DELETE and sessions. With `getStream: false` the library rejects GET.',
  },
  {
    id: 'TRN-11',
    extent: 'whole',
    reason:
      'The MCP server decides what its lists contain and how long results may be cached. The library checks every call.',
  },
  {
    id: 'TRN-16',
    extent: 'whole',
    reason:
      'Optional. The MCP server knows which parameters its tools declare; these headers change no decision of the library.',
  },
]
