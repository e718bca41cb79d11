/** Advice about protected resource metadata. */

import type { Advice } from './advice.ts'

const ROUTES = {
  'mcp-gatehouse': '`protect()` at the root of the origin serves the URL itself.',
  nginx: 'A `location ^~ /.well-known/oauth-protected-resource` that goes to the MCP server.',
  Vercel: 'A rewrite from the well-known URL to the function.',
  Kubernetes: 'A path of the Ingress for `/.well-known/oauth-protected-resource`.',
}

export const METADATA_ADVICE: Readonly<Record<string, Advice>> = {
  'metadata-found': {
    symptom:
      'Clients report `Failed to discover OAuth metadata` or log in at the MCP server itself.',
    command: 'metadata',
    products: ROUTES,
  },
  'metadata-location': {
    symptom: 'Claude connects, and ChatGPT does not: it requests the well-known URL first.',
    command: 'metadata',
    products: ROUTES,
  },
  'metadata-named': {
    symptom: 'The URL in the challenge is a 404.',
    command: 'metadata',
    products: ROUTES,
  },
  'metadata-agreement': {
    symptom: 'Two clients ask for different scopes or servers.',
    command: 'metadata',
  },
  'resource-identity': {
    symptom: 'Clients report `Protected resource … does not match expected …`.',
    command: 'metadata',
    products: {
      'mcp-gatehouse': '`resource` with the exact URL that users type.',
      'MCP SDK for Python': '`resource_server_url` with the path of the endpoint.',
      'Loopback servers':
        '`localhost` and `127.0.0.1` are two hosts: use one of them in every setting.',
    },
  },
  'resource-path': {
    symptom:
      'Claude Code says "Authenticated" and then "Needs authentication"; other clients work.',
    command: 'metadata',
    products: {
      'mcp-gatehouse':
        "`audience: ['https://api.example.com', 'https://api.example.com/']`, or a path.",
      'oidc-provider': 'Answer `getResourceServerInfo` for both spellings.',
    },
  },
  'authorization-servers': {
    symptom: 'Clients find the metadata, and no login.',
    command: 'metadata',
    products: {
      'mcp-gatehouse':
        '`authorizationServers` with issuers; `metadataUrl` for the URL of a document.',
      Keycloak: 'The issuer is `https://host/realms/NAME`.',
      Entra: 'The issuer is `https://login.microsoftonline.com/TENANT/v2.0`.',
      Auth0: 'The issuer ends with a slash.',
    },
  },
  'metadata-types': {
    symptom: 'SDK clients report a `ZodError` or `invalid metadata`.',
    command: 'metadata',
  },
  'metadata-type': {
    symptom: 'A client downloads the document or reports no JSON.',
    command: 'metadata',
  },
  'metadata-methods': {
    symptom: 'A monitor reports the document as missing.',
    command: 'head',
  },
  'metadata-caching': {
    symptom: 'Clients use an old authorization server for hours.',
    command: 'metadata',
  },
  'metadata-cors': {
    symptom: 'A web client says `Failed to fetch` before any login.',
    command: 'documentPage',
  },
  'metadata-preflight': {
    symptom: 'The console of the browser names a preflight of the well-known URL.',
    command: 'documentPreflight',
  },
  'scopes-supported': {
    symptom: 'The consent page lists more scopes than needed.',
    command: 'metadata',
  },
  'bearer-methods': { symptom: 'Tokens are in access logs.', command: 'metadata' },
  'empty-members': { symptom: 'A strict client rejects the document.', command: 'metadata' },
}
