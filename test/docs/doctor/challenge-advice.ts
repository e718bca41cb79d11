/** Advice about challenges, browsers and older clients. */

import type { Advice } from './advice.ts'

const CORS = {
  'mcp-gatehouse': "`origins: ['https://app.example.com']`.",
  Express:
    "`cors({ origin, exposedHeaders: ['WWW-Authenticate', 'Mcp-Session-Id'] })` before every other handler.",
  FastAPI: '`CORSMiddleware(…, expose_headers=["WWW-Authenticate", "Mcp-Session-Id"])`.',
  nginx: 'Add the headers with `always`: otherwise a 401 does not have them.',
}

export const CHALLENGE_ADVICE: Readonly<Record<string, Advice>> = {
  'challenge-status': {
    symptom: 'Clients never open a login page, or they report 400, 403 or 500 at once.',
    command: 'post',
    products: { FastAPI: '`HTTPBearer` answered 403 in older versions: raise 401 yourself.' },
  },
  'challenge-header': {
    symptom: 'Clients report 401 and open no login page.',
    command: 'post',
    products: { nginx: '`proxy_pass_header WWW-Authenticate;` and no `error_page 401`.' },
  },
  'challenge-repeated': {
    symptom: 'The first login works, and after the token expires nothing does.',
    command: 'garbage',
  },
  'challenge-cache': { symptom: 'A 401 remains for a while after a login.', command: 'post' },
  'challenge-on-success': {
    symptom: 'Clients log in at a server that needs no login.',
    command: 'post',
  },
  'challenge-syntax': {
    symptom: 'The challenge looks right, and clients do not find the metadata.',
    command: 'post',
    products: { 'MCP SDK 1.x': 'Escape quotes in `error_description`, or leave them out.' },
  },
  'challenge-scheme': {
    symptom: 'A browser shows a dialog for user name and password.',
    command: 'post',
  },
  'challenge-error': {
    symptom: 'A client reports an invalid token, and has none.',
    command: 'post',
  },
  'challenge-resource-metadata': {
    symptom: 'Some clients log in, others find no authorization server.',
    command: 'post',
    products: { 'MCP SDK 1.x': '`resourceMetadataUrl` of `requireBearerAuth`.' },
  },
  'challenge-metadata-url': {
    symptom: 'The challenge has an http:// URL, an internal name, or `localhost`.',
    command: 'post',
    products: {
      'mcp-gatehouse': '`resource` with the public URL.',
      uvicorn: '`--proxy-headers --forwarded-allow-ips` of the proxy, or a fixed URL.',
      Express: "A fixed URL in place of `req.protocol` and `req.get('host')`.",
    },
  },
  'challenge-scope': {
    symptom: 'The consent page lists no scopes, and calls are answered with 403.',
    command: 'post',
    products: { 'mcp-gatehouse': '`requiredScopes` or `challengeScopes`.' },
  },
  'challenge-first': {
    symptom: 'The server offers Basic or DPoP too, and SDK clients find no metadata.',
    command: 'post',
  },
  'challenge-spelling': {
    symptom: 'Your own parser reads the challenge, and SDK clients do not.',
    command: 'post',
  },
  'challenge-scope-form': {
    symptom: 'The authorization server says `invalid_scope`.',
    command: 'post',
  },
  'garbage-status': {
    symptom: 'After an hour every call fails until the user reconnects.',
    command: 'garbage',
  },
  'garbage-error': { symptom: 'A client does not refresh its token.', command: 'garbage' },
  'garbage-resource-metadata': {
    symptom: 'The second login fails, the first works.',
    command: 'garbage',
  },
  'get-status': {
    symptom: 'Clients report `Failed to open SSE stream`.',
    command: 'get',
    products: {
      'mcp-gatehouse': '`getStream: false` where the server has no event stream.',
      Codex:
        'It reads only the challenge of a GET. With 405 it requests the scopes of the metadata, which it fetches from the derived URL.',
    },
  },
  'delete-status': { symptom: 'Sessions end although no client ended them.', command: 'delete' },
  'token-echo': { symptom: 'Tokens are in the logs of clients or proxies.', command: 'garbage' },
  'forwarded-host': {
    symptom: 'The challenge repeats a host that a request named.',
    command: 'forwarded',
  },
  origin: {
    symptom: 'A server on your machine answers requests of any web page.',
    command: 'stranger',
    products: { 'MCP SDK for TypeScript': '`allowedOrigins` and `enableDnsRebindingProtection`.' },
  },
  'cors-preflight': {
    symptom:
      'The console of the browser says `blocked by CORS policy: Response to preflight request`.',
    command: 'preflight',
    products: CORS,
  },
  'cors-headers': {
    symptom:
      'The console says `Request header field … is not allowed by Access-Control-Allow-Headers`.',
    command: 'preflight',
    products: CORS,
  },
  'cors-methods': {
    symptom: 'Sessions of a web client never end.',
    command: 'preflight',
    products: CORS,
  },
  'cors-refusal': {
    symptom: 'A web client says `Failed to fetch`, and never logs in.',
    command: 'page',
    products: CORS,
  },
  'cors-expose': {
    symptom: 'A web client sees the 401, and no challenge.',
    command: 'page',
    products: CORS,
  },
  'cors-credentials': {
    symptom: 'Every web page can call the server with the cookies of its user.',
    command: 'page',
  },
  'server-cors': {
    symptom: 'A web client finds the resource, and fails at the authorization server.',
    command: 'serverPage',
    products: {
      Keycloak: 'Web Origins of the client.',
      Auth0: 'Allowed Origins (CORS) of the application.',
      Okta: 'Security, API, Trusted Origins.',
    },
  },
  'server-token-cors': {
    symptom: 'A web client returns from the login, and the token request fails.',
    command: 'tokenPreflight',
    products: {
      Keycloak: 'Web Origins of the client.',
      Entra: 'Register the redirect URI as a single-page application.',
    },
  },
  'legacy-metadata': { symptom: 'Old clients open a page that does not exist.', command: 'legacy' },
  'legacy-stream': {
    symptom: 'The server still answers clients of 2024 without a token.',
    command: 'get',
  },
}
