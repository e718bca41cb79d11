/** Programs in front of the server: bot rules, login products and gateways. */

import { at, challenge, isPost, PATH } from './breaks.ts'
import { changed } from './site.ts'
import { agent, HTML, JSON_TYPE, page, reply, type Variant } from './variants.ts'

const isWellKnown = (request: Request) => request.url.includes('/.well-known/')

export const FRONT: readonly Variant[] = [
  // --- 1. user agents ---
  {
    report: 'Block AI bots: 403 text/plain for Claude-User',
    id: 'user-agent',
    says: /Claude \(User-Agent "Claude-User"\) gets 403/,
    expected: /^401$/,
    received: /^403/,
    server: (request) =>
      agent(/Claude|GPT|anthropic/i)(request)
        ? new Response('Forbidden', { status: 403 })
        : undefined,
  },
  {
    report: 'the rule covers /.well-known/ only',
    id: 'user-agent',
    says: /Claude-User.*403.*\.well-known/,
    expected: /^200$/,
    server: (request) =>
      agent(/Claude/)(request) && isWellKnown(request)
        ? new Response('Forbidden', { status: 403 })
        : undefined,
  },
  {
    report: 'ChatGPT-User is on a list of crawlers',
    id: 'user-agent',
    says: /ChatGPT-User/,
    server: at(PATH, () => new Response(null, { status: 403 }), agent(/ChatGPT-User/)),
  },
  {
    report: 'Mistral is blocked',
    id: 'user-agent',
    says: /Le Chat/,
    server: at(PATH, () => new Response(null, { status: 444 }), agent(/Mistral/)),
  },
  {
    report: 'the firewall closes the connection for Claude',
    id: 'user-agent',
    says: /Claude-User.*gets/,
    server: at(
      PATH,
      () => {
        throw new Error('reset')
      },
      agent(/Claude/),
    ),
  },
  {
    report: 'Claude is redirected to a page for browsers',
    id: 'user-agent',
    says: /gets 302/,
    server: at(
      PATH,
      () => new Response(null, { status: 302, headers: { Location: '/unsupported' } }),
      agent(/Claude/),
    ),
  },
  {
    report: 'hosted clients get another challenge',
    id: 'user-agent',
    says: /user agent/,
    server: challenge(() => 'Basic realm="bots"', agent(/Claude/)),
  },
  // --- 6. bot protections and pages between ---
  {
    report: 'error code: 1010',
    id: 'bot-challenge',
    says: /Cloudflare/,
    server: reply(403, 'error code: 1010', { 'Content-Type': 'text/plain' }),
  },
  {
    report: 'Vercel Attack Challenge Mode',
    id: 'bot-challenge',
    says: /Vercel/,
    server: reply(429, page('Vercel Security Checkpoint'), HTML),
  },
  {
    report: 'the warning page of ngrok',
    id: 'bot-challenge',
    says: /ngrok/,
    server: reply(200, page('You are about to visit: x.ngrok-free.app'), {
      ...HTML,
      'ngrok-error-code': 'ERR_NGROK_6024',
    }),
  },
  {
    report: 'Request unsuccessful. Incapsula incident ID',
    id: 'bot-challenge',
    says: /Imperva/,
    server: reply(200, page('Request unsuccessful. Incapsula incident ID: 1'), HTML),
  },
  // --- 6. login products, by what they answer ---
  {
    report: 'Cloudflare Access on a domain of the company',
    id: 'login-redirect',
    says: /Cloudflare Access/,
    server: reply(302, '', {
      Location: 'https://id.corp.example/x',
      'Set-Cookie': 'CF_AppSession=1',
    }),
  },
  {
    report: 'Invalid IAP credentials: empty token',
    id: 'login-redirect',
    says: /Identity-Aware Proxy/,
    server: reply(401, 'Invalid IAP credentials: empty token', {
      'x-goog-iap-generated-response': 'true',
    }),
  },
  {
    report: 'Cloud Run needs authentication',
    id: 'login-redirect',
    says: /Cloud Run/,
    server: reply(
      403,
      page('Your client does not have permission to get URL <code>/mcp</code> from this server.'),
      HTML,
    ),
  },
  {
    report: 'Vercel preview deployments answer 401',
    id: 'login-redirect',
    says: /Vercel Deployment Protection.*401/,
    server: reply(401, page('<title>Authentication Required</title> Vercel Authentication'), {
      ...HTML,
      'Set-Cookie': '_vercel_sso_nonce=1',
    }),
  },
  {
    report: 'a sign-in page with status 200',
    id: 'login-redirect',
    says: /login product responds.*200/,
    server: reply(200, page('<form><input name="p" type="password"></form>'), HTML),
  },
  {
    report: 'SAML at the company',
    id: 'login-redirect',
    says: /redirects \(303\)/,
    server: reply(303, '', { Location: 'https://idp.corp.example/adfs/ls?SAMLRequest=abc' }),
  },
  {
    report: 'the page sends browsers on to Keycloak',
    id: 'login-redirect',
    says: /login product/,
    server: reply(302, '', {
      Location: 'https://id.example/realms/a/protocol/openid-connect/auth?response_type=code',
    }),
  },
  {
    report: 'WordPress redirects to wp-login.php',
    id: 'login-redirect',
    says: /login product/,
    server: reply(302, '', { Location: '/wp-login.php?redirect_to=x' }),
  },
  // --- 6. gateways ---
  {
    report: 'Missing Authentication Token',
    id: 'api-gateway',
    says: /Amazon API Gateway.*Missing Authentication Token/,
    server: reply(403, '{"message":"Missing Authentication Token"}', {
      ...JSON_TYPE,
      'x-amzn-errortype': 'MissingAuthenticationTokenException',
    }),
  },
  {
    report: 'a JWT authorizer answers Unauthorized',
    id: 'api-gateway',
    says: /Amazon API Gateway/,
    server: reply(401, '{"message":"Unauthorized"}', { ...JSON_TYPE, 'apigw-requestid': 'a1=' }),
  },
  {
    report: 'Access denied due to missing subscription key',
    id: 'api-gateway',
    says: /Azure API Management/,
    server: reply(
      401,
      '{"statusCode":401,"message":"Access denied due to missing subscription key."}',
      {
        ...JSON_TYPE,
        'WWW-Authenticate': 'AzureApiManagementKey realm="https://x.azure-api.net"',
      },
    ),
  },
  {
    report: 'No API key found in request',
    id: 'api-gateway',
    says: /Kong/,
    server: reply(401, '{"message":"No API key found in request"}', JSON_TYPE),
  },
  {
    report: 'Missing authorization header at Supabase',
    id: 'api-gateway',
    says: /Supabase/,
    server: reply(401, '{"code":401,"message":"Missing authorization header"}', JSON_TYPE),
  },
  {
    report: 'RBAC: access denied',
    id: 'api-gateway',
    says: /Envoy or Istio/,
    server: reply(403, 'RBAC: access denied'),
  },
  {
    report: 'the gateway renames the challenge',
    id: 'renamed-challenge',
    says: /x-original-www-authenticate/,
    server: at(
      PATH,
      (_request, { good }) =>
        changed(good, { 'WWW-Authenticate': null, 'X-Original-WWW-Authenticate': 'Bearer' }),
      isPost,
    ),
  },
]
