/** Proxies whose server is down, host checks, caches and limits. */

import { at, isGarbage, isPost, PATH, status } from './breaks.ts'
import { changed } from './site.ts'
import { HTML, JSON_TYPE, page, reply, type Variant } from './variants.ts'

export const PROXIES: readonly Variant[] = [
  // --- 6. proxies ---
  {
    report: '502 Bad Gateway of nginx',
    id: 'proxy-error',
    says: /A proxy responds.*502/,
    server: reply(502, page('<h1>502 Bad Gateway</h1>'), HTML),
  },
  {
    report: 'the tunnel is down',
    id: 'proxy-error',
    says: /tunnel of Cloudflare.*1033/,
    server: reply(530, 'error code: 1033'),
  },
  {
    report: 'ERR_NGROK_3200',
    id: 'proxy-error',
    says: /ngrok/,
    server: reply(404, page('offline'), { ...HTML, 'ngrok-error-code': 'ERR_NGROK_3200' }),
  },
  {
    report: 'Application failed to respond',
    id: 'proxy-error',
    says: /Railway/,
    server: reply(502, '{"status":"error","message":"Application failed to respond"}', JSON_TYPE),
  },
  {
    report: 'Fastly error: unknown domain: mcp.example.com',
    id: 'proxy-error',
    says: /Fastly/,
    server: reply(500, page('Fastly error: unknown domain: mcp.example.com'), HTML),
  },
  // --- 6. host checks ---
  {
    report: 'Blocked hosts of Rails',
    id: 'host-check',
    says: /rejects its host name/,
    server: reply(403, page('<h1>Blocked hosts: mcp.example.com</h1>'), HTML),
  },
  {
    report: 'Bad Request - Invalid Hostname',
    id: 'host-check',
    says: /Invalid Hostname/,
    server: reply(400, page('<h2>Bad Request - Invalid Hostname</h2>'), HTML),
  },
  {
    report: 'a JSON-RPC error for the host',
    id: 'host-check',
    says: /Invalid Host/,
    server: reply(
      403,
      '{"jsonrpc":"2.0","error":{"code":-32000,"message":"Invalid Host: mcp.example.com"},"id":null}',
      JSON_TYPE,
    ),
  },
  // --- 6, 7. caches and limits ---
  {
    report: 'the CDN answers with a hit',
    id: 'stale-response',
    says: /cf-cache-status/,
    server: at(PATH, (_request, { good }) => changed(good, { 'cf-cache-status': 'HIT' }), isPost),
  },
  {
    report: 'the 401 may be stored until tomorrow',
    id: 'challenge-cache',
    says: /Expires/,
    expected: /no-store/,
    server: at(
      PATH,
      (_request, { good }) =>
        changed(good, {
          'Cache-Control': null,
          Expires: new Date(Date.now() + 86_400_000).toUTCString(),
        }),
      isPost,
    ),
  },
  {
    report: '429 for each request',
    id: 'challenge-status',
    says: /429.*rate limit/i,
    received: /429/,
    server: reply(429, 'Too Many Requests', { 'Retry-After': 'Wed, 21 Oct 2026 07:28:00 GMT' }),
  },
  {
    report: '500 with a stack trace for a made-up token',
    id: 'garbage-status',
    says: /500 instead of 401.*JWTMalformed/,
    expected: /401/,
    received: /500/,
    server: reply(500, 'Error: JWTMalformed at verify', {}, isGarbage),
  },
  {
    report: '503 for a made-up token',
    id: 'garbage-status',
    says: /503/,
    server: status(503, isGarbage),
  },
]
