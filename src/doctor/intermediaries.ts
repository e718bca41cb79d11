/**
 * Programs that respond in place of an MCP server, recognised by their responses: the target of a redirect,
 * a cookie, another header field, or the text of the body. Data, and the function that searches it.
 */

import type { Exchange } from './collect/http-client.ts'

/** What such a program does: each kind has a finding of its own. */
export type IntermediaryKind = 'login' | 'gateway' | 'bot' | 'host' | 'outage'

/** A mark of a response: what the value of a header field or the `body` contains, where `also` is present. */
type Mark = readonly [field: string, pattern: RegExp, also?: RegExp]

interface Intermediary {
  readonly kind: IntermediaryKind
  readonly name: string
  readonly marks: readonly Mark[]
  readonly statuses: readonly [first: number, last: number]
}

/** The name of the program of this kind that responded. */
export function intermediaryIn(exchange: Exchange, kind: IntermediaryKind): string | undefined {
  const found = INTERMEDIARIES.find(
    (each) =>
      each.kind === kind &&
      isWithin(exchange.status, each.statuses) &&
      each.marks.some(
        ([field, pattern, also]) =>
          pattern.test(fieldOf(exchange, field)) &&
          (also === undefined || [...exchange.headers.keys()].some((name) => also.test(name))),
      ),
  )
  return found?.name
}

/** Whether the body is a page for a browser. */
export function isHtml({ headers, body }: Pick<Exchange, 'headers' | 'body'>): boolean {
  return /html/i.test(headers.get('Content-Type') ?? '') || /^\s*<(!doctype|html)/i.test(body)
}

const CLIENT_ERRORS = [400, 499] as const
const ERRORS = [400, 599] as const
const PAGE_OR_ERROR = [200, 599] as const

const LOGINS: readonly Intermediary[] = [
  login('Cloudflare Access', [
    ['Location', /\.cloudflareaccess\.com\/|\/cdn-cgi\/access\//i],
    ['Set-Cookie', /\bCF_(AppSession|Authorization)=/],
    ['WWW-Authenticate', /^Cloudflare-Access\b/i],
    ['page', /cloudflareaccess\.com|cloudflare access/i],
  ]),
  login('Google Identity-Aware Proxy', [
    ['x-goog-iap-generated-response', /true/i],
    ['Set-Cookie', /\bGCP_IA[AP]P/],
    ['body', /invalid IAP credentials/i],
  ]),
  login('A Google login, such as Identity-Aware Proxy,', [
    ['Location', /^https:\/\/accounts\.google\.com\//i],
  ]),
  login('The IAM check of Google Cloud Run', [
    ['body', /your client does not have permission to get URL/i],
  ]),
  login('Azure App Service authentication', [
    ['Location', /\/\.auth\/login/i],
    ['Set-Cookie', /\bAppServiceAuthSession=|\bNonce=.{0,200}\.auth/],
    ['body', /you do not have permission to view this directory or page/i],
  ]),
  login('A Microsoft login', [
    ['Location', /^https:\/\/login\.(microsoftonline\.com|windows\.net)\//i],
    ['Set-Cookie', /\bAzureAppProxy/],
  ]),
  login('Vercel Deployment Protection', [
    ['Location', /^https:\/\/vercel\.com\/(sso-api|login)/i],
    ['Set-Cookie', /\b_vercel_(sso_nonce|jwt|password)=/],
    ['page', /vercel authentication|vercel\.com\/sso-api|authenticating with vercel/i],
  ]),
  login('oauth2-proxy', [
    ['Location', /\/oauth2\/(start|sign_in)/i],
    ['Set-Cookie', /\b_oauth2_proxy/],
    ['page', /oauth2[- ]proxy/i],
  ]),
  login('authentik', [
    ['Location', /\/outpost\.goauthentik\.io\/|\/if\/flow\//i],
    ['Set-Cookie', /\bauthentik_/],
  ]),
  login('Authelia', [
    ['Location', /authelia|[?&]rd=https?/i],
    ['Set-Cookie', /\bauthelia_session=/],
  ]),
  login('Pomerium', [
    ['x-pomerium-intercepted-response', /./],
    ['Set-Cookie', /\b_pomerium/],
    ['Location', /\/\.pomerium\//i],
  ]),
  login('A load balancer with a Cognito or OpenID Connect login', [
    ['Location', /\.amazoncognito\.com\//i],
    ['Set-Cookie', /\bAWSELBAuthSessionCookie/],
  ]),
  login('A tunnel that needs a login', [
    [
      'Location',
      /tunnels\.api\.visualstudio\.com|github\.dev\/|codespaces\/auth|ngrok\.com\/oauth/i,
    ],
    ['WWW-Authenticate', /^tunnel\b/i],
  ]),
  login('An access gateway (SiteMinder, F5, Citrix or mod_auth_openidc)', [
    ['Set-Cookie', /\b(SMSESSION|SMCHALLENGE|MRHSession|NSC_TMAS|NSC_AAAC|mod_auth_openidc_)/],
    ['Location', /\/my\.policy\b|\/vpn\/index\.html/i],
  ]),
  login('A login product', [
    [
      'Location',
      /\/(log|sign)[-_]?(in|on)\b|wp-login\.php|\/sso\b|\/saml2?\/|SAMLRequest=|\/auth(orize|enticate)?\b|[?&]response_type=code\b/i,
    ],
    [
      'page',
      /type=["']?password\b|name=["']SAMLRequest|<title>[^<]{0,200}\b(log|sign)[- ]?(in|on)\b|(?:url=|location(?:\.href)?\s{0,9}=\s{0,9}["'])[^"'>]{0,300}\/(?:log|sign)[-_]?(?:in|on)\b/i,
    ],
  ]),
]

/** Fields that Amazon API Gateway adds to each response. */
const AMAZON = /^(apigw-requestid|x-amz-apigw-id|x-amzn-requestid)$/

const GATEWAYS: readonly Intermediary[] = [
  gateway('Amazon API Gateway or a Lambda function URL', [
    [
      'x-amzn-errortype',
      /Unauthorized|MissingAuthenticationToken|Forbidden|AccessDenied|IncompleteSignature|InvalidSignature/i,
    ],
    ['body', /^\{"message":"Missing Authentication Token"\}\s*$/i],
    ['body', /^\{"message":"(Unauthorized|Forbidden)"\}\s*$/i, AMAZON],
  ]),
  gateway('Azure API Management', [
    ['WWW-Authenticate', /^AzureApiManagementKey\b/i],
    ['body', /missing subscription key|invalid subscription key/i],
  ]),
  gateway('Kong', [['body', /no API key found in request/i]]),
  gateway('Apigee', [['body', /"errorcode"\s*:\s*"(oauth|steps|keymanagement|policies)\./i]]),
  gateway('The gateway of Supabase', [
    ['body', /UNAUTHORIZED_NO_AUTH_HEADER|"msg"\s*:\s*"(?:Error: )?missing authorization header"/i],
    ['body', /^\{"code":401,"message":"(Missing authorization header|Invalid JWT)"\}/i],
  ]),
  gateway('A service mesh (Envoy or Istio)', [
    ['body', /^(RBAC: access denied|Jwt is missing|Jwt verification fails)/i],
  ]),
  gateway('Google API Gateway', [['body', /unregistered callers|Jwt is missing/i]]),
  gateway('Tyk', [['body', /authorization field missing/i]]),
]

const BOTS: readonly Intermediary[] = [
  bot('Cloudflare', [
    ['cf-mitigated', /./],
    ['body', /^error code: 10(0[5-9]|1[0-5]|20)\b|sorry, you have been blocked/i],
    ['page', /just a moment|attention required|cf-chl-|challenge-platform/i],
  ]),
  bot('AWS WAF', [['x-amzn-waf-action', /./]]),
  bot('Vercel', [
    ['x-vercel-mitigated', /./],
    ['page', /vercel security checkpoint/i],
  ]),
  {
    kind: 'bot',
    name: 'AWS WAF or a rule of the load balancer',
    marks: [['Server', /^awselb\//i]],
    statuses: [403, 403],
  },
  bot('Anubis', [['page', /making sure you(&#39;|&#x27;|')re not a bot|techaro/i]]),
  bot('ModSecurity', [['page', /generated by mod_?security/i]]),
  bot('Imunify360', [['body', /imunify360/i]]),
  bot('Wordfence', [['page', /wordfence/i]]),
  bot('DataDome', [['x-datadome', /./]]),
  bot('Sucuri', [['x-sucuri-block', /./]]),
  bot('Imperva', [['page', /incapsula|_Incapsula_Resource/i]]),
  bot('Akamai', [['page', /access denied[\s\S]{0,500}reference\s{0,9}(#|&#35;|&#x23;)/i]]),
  bot('The warning page of ngrok', [
    ['ngrok-error-code', /ERR_NGROK_6024/],
    ['page', /ERR_NGROK_6024|you are about to visit/i],
  ]),
  bot('The reminder page of localtunnel', [['page', /bypass-tunnel-reminder|localtunnel/i]]),
  bot('A bot protection', [
    [
      'page',
      /captcha|access denied|are you (a )?human|verif(y|ying) (that )?you are (a )?human|enable javascript and cookies|ddos protection|checking your browser|request (was )?blocked/i,
    ],
  ]),
]

const HOSTS: readonly Intermediary[] = [
  {
    kind: 'host',
    name: 'The server',
    statuses: CLIENT_ERRORS,
    marks: [
      [
        'body',
        /invalid[ _-]?host|hosts? (header )?(is |was )?not (allowed|permitted|recogni[sz]ed)|host header|blocked hosts?\b|blocked request\. this host|disallowed ?host|invalid http_host|unknown host\b|untrusted host|dns rebinding|misdirected/i,
      ],
    ],
  },
]

const OUTAGES: readonly Intermediary[] = [
  outage('The tunnel of ngrok', [
    ['ngrok-error-code', /ERR_NGROK_[38]\d\d\d/],
    ['body', /ERR_NGROK_[38]\d\d\d/],
  ]),
  outage('A tunnel of Cloudflare', [
    ['body', /^error code: (1033|1016|100[01])\b|cloudflare tunnel error/i],
  ]),
  outage('Railway', [
    ['x-railway-fallback', /true/i],
    ['body', /application failed to respond/i],
  ]),
  outage('Render', [['x-render-routing', /no-server|suspend|dynamic-.{0,50}error/i]]),
  outage('Heroku', [['page', /application error[\s\S]{0,1000}heroku|no such app/i]]),
  outage('Vercel', [['x-vercel-error', /DEPLOYMENT_NOT_FOUND|FUNCTION_INVOCATION|NOT_FOUND/]]),
  outage('Azure', [['page', /this web app (is|has been) stopped|web app - unavailable/i]]),
  outage('Fastly', [['body', /fastly error: unknown domain/i]]),
  outage('Traefik', [['body', /^(no available server|gateway timeout|bad gateway)\s*$/i]]),
  outage('Envoy', [['body', /no healthy upstream|upstream connect error/i]]),
  outage('Kubernetes', [['body', /default backend - 404/i]]),
  outage('Amazon API Gateway', [
    ['body', /^\{"message":"(Internal server error|Service Unavailable)"\}/i, AMAZON],
  ]),
]

const INTERMEDIARIES: readonly Intermediary[] = [
  ...LOGINS,
  ...GATEWAYS,
  ...BOTS,
  ...HOSTS,
  ...OUTAGES,
]

/** `page` is the body of an HTML response; `Location` is absolute, and counts in a redirect only. */
function fieldOf(exchange: Exchange, field: string): string {
  const { headers, body, url, status } = exchange
  if (field === 'body') return body
  if (field === 'page') return isHtml(exchange) ? body : ''
  const value = headers.get(field) ?? ''
  if (field !== 'Location') return value
  if (status < 300 || status > 399) return ''
  return value !== '' && URL.canParse(value, url) ? new URL(value, url).href : value
}

function isWithin(status: number, [first, last]: Intermediary['statuses']): boolean {
  return status >= first && status <= last
}

/** A page for a login may come with status 200. */
function login(name: string, marks: readonly Mark[]): Intermediary {
  return { kind: 'login', name, marks, statuses: PAGE_OR_ERROR }
}

function gateway(name: string, marks: readonly Mark[]): Intermediary {
  return { kind: 'gateway', name, marks, statuses: ERRORS }
}

function bot(name: string, marks: readonly Mark[]): Intermediary {
  return { kind: 'bot', name, marks, statuses: PAGE_OR_ERROR }
}

function outage(name: string, marks: readonly Mark[]): Intermediary {
  return { kind: 'outage', name, marks, statuses: ERRORS }
}
