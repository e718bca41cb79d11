/** Misconfigurations whose cause the doctor names: other programs, other spellings of a URL, what only this library rejects. */

import { at, authority, document, isPost, LEGACY, PATH, type Planted } from './breaks.ts'
import { changed } from './site.ts'

const HTML = { headers: { 'Content-Type': 'text/html' } }
const GRANTS = ['authorization_code', 'refresh_token', 'implicit', 'password']

const login = (location: string) =>
  at(PATH, () => new Response(null, { status: 302, headers: { Location: location } }), isPost)

/** Every URL of the site, in place of the MCP server. */
const site = (respond: () => Response) => (request: Request) =>
  new URL(request.url).pathname === LEGACY ? new Response(null, { status: 404 }) : respond()

export const CAUSES: readonly Planted[] = [
  {
    title: 'a site that has no MCP server',
    server: site(() => new Response('<!doctype html><title>Welcome</title>', HTML)),
    findings: ['error not-mcp', 'warning cors-preflight'],
  },
  {
    title: 'an API that is not an MCP server',
    server: (request) =>
      new URL(request.url).pathname === PATH
        ? Response.json({ ok: true })
        : new Response(null, { status: 404 }),
    findings: ['error not-mcp', 'warning cors-preflight'],
  },
  {
    title: 'a URL that does not exist at a site',
    server: site(() => new Response('Cannot POST /mcp', { status: 404 })),
    findings: ['error not-mcp', 'error metadata-found'],
  },
  {
    title: 'Cloudflare Access before the server',
    server: login('https://team.cloudflareaccess.com/cdn-cgi/access/login/mcp.example'),
    findings: ['error login-redirect'],
  },
  {
    title: 'oauth2-proxy before the server',
    server: login('/oauth2/start?rd=%2Fmcp'),
    findings: ['error login-redirect'],
  },
  {
    title: 'a login page before the server',
    server: login('https://sso.example/login?next=/mcp'),
    findings: ['error login-redirect'],
  },
  {
    title: 'the URL of a metadata document in place of an issuer',
    server: async (request, context) =>
      document({
        authorization_servers: [
          context.issuer.issuer.replace(
            '/tenant',
            '/.well-known/oauth-authorization-server/tenant',
          ),
        ],
      })(request, context),
    findings: ['error authorization-servers'],
  },
  {
    title: 'localhost in the metadata of a server at 127.0.0.1',
    server: async (request, context) =>
      document({ resource: context.url.replace('127.0.0.1', 'localhost') })(request, context),
    findings: ['error resource-identity'],
  },
  {
    title: 'the implicit grant and the password grant',
    metadata: { grant_types_supported: GRANTS },
    findings: ['warning server-old-grants'],
  },
  {
    title: 'metadata of the authorization server with the media type of a text',
    authority: async (request, { good }) =>
      request.url.includes('/.well-known/')
        ? changed(good, { 'Content-Type': 'text/plain' })
        : undefined,
    findings: ['warning server-library'],
  },
  {
    title: 'a registration endpoint of Keycloak',
    authority: (request, context) => {
      const { origin } = new URL(context.issuer.issuer)
      const endpoint = `${origin}/realms/a/clients-registrations/openid-connect`
      return authority({ registration_endpoint: endpoint })(request, context)
    },
    findings: ['warning server-registration'],
  },
]
