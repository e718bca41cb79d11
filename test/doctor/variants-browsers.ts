/** CORS: what browsers do not accept. */

import { at, isAnonymous, isPost, isPreflight, PATH } from './breaks.ts'
import { changed, PAGE } from './site.ts'
import type { Variant } from './variants.ts'

const preflight = (headers: Record<string, string | null>) =>
  at(PATH, (_request, { good }) => changed(good, headers), isPreflight)

export const BROWSERS: readonly Variant[] = [
  {
    report: 'Access-Control-Allow-Origin: *, *',
    id: 'cors-preflight',
    says: /two values/,
    received: /\*, \*/,
    server: preflight({ 'Access-Control-Allow-Origin': '*, *' }),
  },
  {
    report: 'only claude.ai is allowed',
    id: 'cors-preflight',
    says: /does not allow/,
    expected: /localhost:6274/,
    received: /claude\.ai/,
    server: preflight({ 'Access-Control-Allow-Origin': 'https://claude.ai' }),
  },
  {
    report: 'an origin with a slash',
    id: 'cors-preflight',
    says: /ends with a slash/,
    server: preflight({ 'Access-Control-Allow-Origin': `${PAGE}/` }),
  },
  {
    report: 'the preflight is redirected',
    id: 'cors-preflight',
    says: /answered with 308/,
    received: /308/,
    server: at(
      PATH,
      () => new Response(null, { status: 308, headers: { Location: '/mcp/' } }),
      isPreflight,
    ),
  },
  {
    report: 'Mcp-Method and Mcp-Name are not allowed',
    id: 'cors-headers',
    says: /mcp-method, mcp-name/,
    expected: /mcp-session-id/,
    server: preflight({
      'Access-Control-Allow-Headers':
        'Authorization, Content-Type, Last-Event-ID, MCP-Protocol-Version, Mcp-Session-Id',
    }),
  },
  {
    report: 'DELETE is not in the list of methods',
    id: 'cors-methods',
    says: /DELETE/,
    received: /GET, POST, OPTIONS/,
    server: preflight({ 'Access-Control-Allow-Methods': 'GET,POST,OPTIONS' }),
  },
  {
    report: 'the 401 has no CORS fields, the preflight has',
    id: 'cors-refusal',
    says: /no Access-Control-Allow-Origin/,
    received: /none/,
    server: at(
      PATH,
      (_request, { good }) => changed(good, { 'Access-Control-Allow-Origin': null }),
      isAnonymous,
    ),
  },
  {
    report: 'Mcp-Session-Id is exposed, the challenge is not',
    id: 'cors-expose',
    says: /not exposed/,
    received: /mcp-session-id/,
    server: at(
      PATH,
      (_request, { good }) => changed(good, { 'Access-Control-Expose-Headers': 'Mcp-Session-Id' }),
      isPost,
    ),
  },
]
