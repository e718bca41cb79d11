/** How each known client sees a server. The behaviour is from real sessions: docs/clients.md. */

import { afterEach, describe, expect, it } from 'vitest'
import { formatReport } from '../../src/cli/format-report.ts'
import { examine, type Report } from '../../src/doctor/examine.ts'
import {
  type Context,
  changed,
  METADATA_PATH,
  PAGE,
  type Site,
  type SiteOptions,
  startSite,
} from './site.ts'

let site: Site | undefined
afterEach(() => site?.close())

async function examineWith(options: SiteOptions): Promise<Report & { at: string }> {
  site = await startSite(options)
  return { ...(await examine({ url: site.url, origin: PAGE })), at: site.url }
}

function viewIn({ clients = [] }: Report, name: string) {
  const view = clients.find(({ client }) => client === name)
  if (view === undefined) throw new Error(`There is no view of ${name}.`)
  return view
}

const SCOPES: SiteOptions = {
  resource: { scopesSupported: ['notes:read', 'notes:write'] },
  metadata: { scopes_supported: ['openid', 'offline_access'] },
}

describe('the scopes that a client requests', () => {
  it.each([
    ['Codex CLI', 'notes:read offline_access'],
    ['Claude Code', 'notes:read notes:write offline_access'],
    ['Gemini CLI', 'openid offline_access'],
    ['Qwen Code', 'notes:read notes:write'],
    ['MCP SDK 1.x', 'notes:read'],
    ['MCP Hub', ''],
  ])('of %s are %s', async (name, scopes) => {
    expect(viewIn(await examineWith(SCOPES), name).scopes.join(' ')).toBe(scopes)
  })

  it('that lack one of the challenge are a problem', async () => {
    const report = await examineWith(SCOPES)
    expect(viewIn(report, 'Gemini CLI').problems).toEqual([
      'It does not request notes:read: its first call is answered with 403.',
    ])
    expect(viewIn(report, 'MCP Hub').problems).toEqual([
      'It does not request notes:read: its first call is answered with 403.',
    ])
    expect(viewIn(report, 'Codex CLI').problems).toEqual([])
  })

  it('are those of the resource for a client that reads the challenge of a GET, where GET is 405', async () => {
    const report = await examineWith({
      ...SCOPES,
      resource: {
        scopesSupported: ['notes:write'],
        challengeScopes: ['notes:read'],
        getStream: false,
      },
    })
    expect(viewIn(report, 'Codex CLI').scopes).toEqual(['notes:write', 'offline_access'])
    expect(viewIn(report, 'Codex CLI').problems).toEqual([
      'It does not request notes:read: its first call is answered with 403.',
    ])
    expect(viewIn(report, 'Copilot CLI').scopes).toEqual(['notes:read', 'offline_access'])
    expect(viewIn(report, 'Copilot CLI').problems).toEqual([])
  })

  it('are those of the resource where the challenge names none', async () => {
    const report = await examineWith({
      resource: { requiredScopes: [], scopesSupported: ['notes:read'] },
    })
    expect(viewIn(report, 'MCP SDK 2.x').scopes).toEqual(['notes:read'])
  })
})

describe('the resource that a client sends', () => {
  it('is the published text, for a path', async () => {
    const { clients = [], at } = await examineWith({})
    expect(new Set(clients.map(({ resource }) => resource))).toEqual(new Set([at]))
  })

  it.each([
    ['Claude Code', '/'],
    ['MCP SDK 2.x', ''],
    ['AI SDK', ''],
  ])('of an origin, by %s, ends with "%s"', async (name, end) => {
    site = await startSite({ path: '/' })
    const { origin } = new URL(site.url)
    await site.close()
    site = await startSite({ path: '/', resource: { resource: origin } })
    const own = new URL(site.url).origin
    const server = site
    const report = await examine({
      url: own,
      fetch: async (url, init) => {
        const response = await fetch(url, init)
        if (!url.includes('oauth-protected-resource')) return response
        const document = (await response.json()) as object
        return Response.json({ ...document, resource: own }, { headers: response.headers })
      },
    })
    expect(server.url).toBe(`${own}/`)
    expect(viewIn(report, name).resource).toBe(`${own}${end}`)
  })
})

describe('the view of a client', () => {
  it('names the registration', async () => {
    const open = await examineWith({ metadata: { client_id_metadata_document_supported: true } })
    expect(viewIn(open, 'Claude Code').registration).toBe('document')
    expect(viewIn(open, 'Codex CLI').registration).toBe('document')
    expect(viewIn(open, 'opencode').registration).toBe('dynamic')
    expect(viewIn(open, 'Mastra').registration).toBe('by hand')
  })

  it.each([[['client_secret_basic']], [undefined]])(
    'names the registration of Codex where the authentication methods are %j',
    async (methods) => {
      const report = await examineWith({
        metadata: {
          client_id_metadata_document_supported: true,
          token_endpoint_auth_methods_supported: methods,
        },
      })
      expect(viewIn(report, 'Codex CLI').registration).toBe('dynamic')
      expect(viewIn(report, 'Claude Code').registration).toBe('document')
    },
  )

  it('names metadata that only the challenge of a POST leads to', async () => {
    const elsewhere = async (request: Request, { good, origin }: Context) => {
      const { pathname } = new URL(request.url)
      if (pathname === '/meta') return good(new Request(`${origin}${METADATA_PATH}`))
      if (pathname.startsWith('/.well-known/')) return new Response(null, { status: 404 })
      const response = await good()
      const challenge = response.headers.get('WWW-Authenticate')
      if (challenge === null) return response
      return changed(async () => response, {
        'WWW-Authenticate': challenge.replace(METADATA_PATH, '/meta'),
      })
    }
    const problem =
      'It reads the challenge of a GET, which is answered with 405: it does not find the metadata.'
    const report = await examineWith({ server: elsewhere, resource: { getStream: false } })
    expect(viewIn(report, 'Codex CLI').problems).toEqual([problem])
    expect(viewIn(report, 'Copilot CLI').problems).toEqual([])
    await site?.close()
    expect(viewIn(await examineWith({ server: elsewhere }), 'Codex CLI').problems).toEqual([])
    await site?.close()
    const derived = await examineWith({ resource: { getStream: false } })
    expect(viewIn(derived, 'Codex CLI').problems).toEqual([])
  })

  it('names the origin of a page', async () => {
    const closed = await examineWith({ resource: { origins: [] } })
    expect(viewIn(closed, 'use-mcp').problems).toEqual(['Its page may not call the server (CORS).'])
  })

  it('is absent without metadata', async () => {
    const report = await examineWith({ authority: () => new Response(null, { status: 404 }) })
    expect(report.clients).toBeUndefined()
  })

  it('is in the text, once for clients that do the same', async () => {
    const report = await examineWith(SCOPES)
    const text = formatReport(report, { colors: false, columns: 100, quiet: false })
    expect(text).toContain('As clients see it (versions of 2026-11-28)')
    expect(text).toContain('✓ MCP SDK 2.x 2.4.0, OpenAI Agents 0.20.0')
    expect(text).toContain('! Gemini CLI 0.61.0')
    expect(formatReport(report, { colors: false, columns: 100, quiet: true })).not.toContain(
      'As clients',
    )
  })
})
