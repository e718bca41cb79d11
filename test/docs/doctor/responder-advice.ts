/** Advice about the connection and about other programs that respond. */

import type { Advice } from './advice.ts'

const BOT_RULES = {
  Cloudflare:
    'Security, WAF, Custom rules: skip Bot Fight Mode and managed rules for the MCP path and `/.well-known/`. Turn off "Block AI bots" for this host.',
  'AWS WAF':
    'Add a scope-down statement to the rule group `AWSManagedRulesBotControlRuleSet` that excludes the paths.',
  Vercel: 'Firewall: add a bypass rule for the paths, and disable Attack Challenge Mode.',
  Akamai: 'Bot Manager: add an exception for the paths.',
}

export const RESPONDER_ADVICE: Readonly<Record<string, Advice>> = {
  response: { symptom: 'No client connects, and the doctor gets no response.', command: 'tls' },
  certificate: {
    symptom:
      'Browsers open the site, and clients report `unable to verify the first certificate` or `fetch failed`.',
    command: 'tls',
    products: {
      nginx: '`ssl_certificate` needs the full chain: the file `fullchain.pem`, not `cert.pem`.',
      'Let’s Encrypt': 'Use `fullchain.pem`, and reload the server after each renewal.',
    },
  },
  https: {
    symptom: 'A client rejects the URL, or says that the server must use https.',
    command: 'post',
    products: { Caddy: 'A host name as the site address is enough: it gets a certificate itself.' },
  },
  'plain-http': {
    symptom: 'The same URL with http:// works.',
    command: 'plain',
    products: { nginx: '`return 308 https://$host$request_uri;` in the server of port 80.' },
  },
  redirect: {
    symptom:
      'Clients report 405, `Unexpected content type`, or log in again and again; the URL works in a browser.',
    command: 'post',
    products: {
      FastAPI:
        'Mount the app at the path with the slash that users type, or set `redirect_slashes=False`.',
      'Next.js': '`trailingSlash` and `skipTrailingSlashRedirect` in `next.config.js`.',
      nginx: 'Write `location = /mcp`, not `location /mcp/`.',
    },
  },
  'public-host': {
    symptom: 'Claude Code connects, and Claude on the web says that it cannot reach the server.',
    command: 'dns',
    products: {
      'Cloudflare Tunnel': '`cloudflared tunnel --url http://localhost:3000` gives a public host.',
    },
  },
  'public-port': {
    symptom: 'The URL has a port such as :8443, and hosted clients do not connect.',
    command: 'post',
    products: { Caddy: '`reverse_proxy localhost:8443` behind port 443.' },
  },
  'user-agent': {
    symptom: 'curl gets a 401, and Claude says `There was an error connecting to the server`.',
    command: 'agent',
    products: BOT_RULES,
  },
  'bot-challenge': {
    symptom: 'The response is a page with `Just a moment…` or a captcha.',
    command: 'post',
    products: BOT_RULES,
  },
  'host-check': {
    symptom:
      '`Invalid Host header`, `421 Misdirected Request`, or 403 behind a proxy and 401 without it.',
    command: 'post',
    products: {
      'MCP SDK for TypeScript': '`allowedHosts` of the transport, or of `createMcpExpressApp`.',
      'MCP SDK for Python': '`TransportSecuritySettings(allowed_hosts=[…])`.',
      nginx: '`proxy_set_header Host $host;`.',
      Vite: '`server.allowedHosts`.',
    },
  },
  'html-response': {
    symptom: 'Clients report `Unexpected content type: text/html` or `Unexpected token <`.',
    command: 'post',
  },
  'not-mcp': {
    symptom: 'The URL opens in a browser, and no client finds an MCP server there.',
    command: 'post',
    products: {
      'MCP SDK': 'The endpoint usually is `/mcp`, not the root.',
      'HTTP+SSE servers': 'They listen at `/sse` and need an upgrade to Streamable HTTP.',
    },
  },
  'login-redirect': {
    symptom:
      'A browser shows a login page of your company or of your host before the site; clients report a redirect, HTML or a 401 without a challenge.',
    command: 'post',
    products: {
      'Cloudflare Access': 'Add an application for the MCP path with a Bypass policy.',
      'Azure App Service': 'Authentication: allow unauthenticated requests, or exclude the paths.',
      'oauth2-proxy': '`--skip-auth-route` for the MCP path and `/.well-known/`.',
      Vercel: 'Deployment Protection: disable it for production, or use a bypass.',
      'Identity-Aware Proxy': 'Serve the MCP server by a backend without it.',
    },
  },
  'proxy-error': {
    symptom: 'Clients report 502, 503 or 504, or `Application failed to respond`.',
    command: 'post',
    products: {
      nginx: 'The log has `connect() failed`: correct the address in `proxy_pass`.',
      ngrok:
        '`ERR_NGROK_3200` means that the agent does not run, `ERR_NGROK_8012` that the server does not.',
      'Cloudflare Tunnel': '`error code: 1033` means that cloudflared does not run.',
    },
  },
  'api-gateway': {
    symptom:
      'Clients get `Missing Authentication Token`, `No API key found` or a bare `Unauthorized`.',
    command: 'post',
    products: {
      'Amazon API Gateway': 'Set the authorization of the route to NONE.',
      'AWS Lambda': 'Set the auth type of the function URL to NONE.',
      'Azure API Management': 'Turn off "Subscription required" for the API.',
      Supabase: 'Deploy the function with `--no-verify-jwt`.',
      Kong: 'Disable the `key-auth` and `jwt` plugins for the route.',
    },
  },
  'rate-limit': {
    symptom: 'Logins work sometimes, and fail with 429.',
    command: 'post',
  },
  'renamed-challenge': {
    symptom:
      'The server sends `WWW-Authenticate`, and clients do not get it: Amazon API Gateway is in front.',
    command: 'post',
    products: {
      'Amazon API Gateway':
        'Add a gateway response for `UNAUTHORIZED` with the header, or use an HTTP API or a Lambda function URL.',
    },
  },
  'stale-response': {
    symptom: 'Two clients get the same answer, or a 401 remains after a login.',
    command: 'post',
    products: { CloudFront: 'Use the cache policy `CachingDisabled` for the path.' },
  },
}
