/** The two pages of the authorization server: sign in, and consent. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { InteractionDetails, Provider } from 'oidc-provider'

/** The path of these pages, before the id of the interaction. */
export const INTERACTION_PATH = '/interaction/'

/**
 * Serves the next page of an authorization request, and handles its form.
 *
 * @param provider The authorization server that started the interaction.
 * @param request A request below {@link INTERACTION_PATH}.
 * @param response The response to write.
 */
export async function serveLoginPages(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const details = await provider.interactionDetails(request, response)
  if (request.method !== 'POST') {
    const client = await provider.Client.find(details.params.client_id ?? '')
    const name = client?.clientName ?? client?.clientId ?? 'Unknown client'
    const page = details.prompt.name === 'login' ? loginPage() : consentPage(name, details)
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(page)
    return
  }
  const form = await readForm(request)
  if (form.get('action') === 'deny') {
    const denied = { error: 'access_denied', error_description: 'The user denied access' }
    await provider.interactionFinished(request, response, denied)
  } else if (details.prompt.name === 'login') {
    // Any user name and password work: this is a demo.
    const login = { accountId: form.get('username') || 'anonymous' }
    await provider.interactionFinished(request, response, { login })
  } else {
    const consent = { grantId: await saveGrant(provider, details) }
    await provider.interactionFinished(request, response, { consent })
  }
}

async function saveGrant(provider: Provider, details: InteractionDetails): Promise<string> {
  const known = details.grantId ? await provider.Grant.find(details.grantId) : undefined
  const grant =
    known ??
    new provider.Grant({
      accountId: details.session?.accountId ?? '',
      clientId: details.params.client_id ?? '',
    })
  const { missingOIDCScope, missingResourceScopes } = details.prompt.details
  if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope.join(' '))
  for (const [resource, scopes] of Object.entries(missingResourceScopes ?? {})) {
    grant.addResourceScope(resource, scopes.join(' '))
  }
  return grant.save()
}

function loginPage(): string {
  return layout(
    'Sign in',
    `<label>User name <input name="username" value="ada" autofocus></label>
     <label>Password <input name="password" type="password" placeholder="any password"></label>
     <button class="primary" name="action" value="login">Sign in</button>`,
  )
}

function consentPage(clientName: string, { prompt, params }: InteractionDetails): string {
  const requested = Object.entries(prompt.details.missingResourceScopes ?? {}).flatMap(
    ([resource, scopes]) => scopes.map((scope) => `${scope} at ${resource}`),
  )
  const items = requested.map((item) => `<li>${escapeHtml(item)}</li>`).join('')
  return layout(
    `Allow ${clientName}?`,
    `<p>It requests${items ? `:</p><ul>${items}</ul>` : ' the scopes you allowed before.</p>'}
     <p>You will be redirected to ${escapeHtml(params.redirect_uri ?? '')}</p>
     <button class="primary" name="action" value="allow" autofocus>Allow</button>
     <button name="action" value="deny">Deny</button>`,
  )
}

function layout(title: string, form: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escapeHtml(title)}</title>
    <style>${STYLE}    </style>
  </head>
  <body>
    <main>
      <p class="brand">mcp-gatehouse demo</p>
      <h1>${escapeHtml(title)}</h1>
      <form method="post">${form}</form>
    </main>
  </body>
</html>`
}

/** The look of `flow.html`. */
const STYLE = `
      :root {
        color-scheme: light dark;
        --paper: light-dark(#fbfaf7, #171817); --panel: light-dark(#fff, #1f2120);
        --ink: light-dark(#1d1e1c, #eceae4); --quiet: light-dark(#63625c, #a3a29a);
        --faint: light-dark(#8d8a82, #70736e);
        --accent: light-dark(#12646a, #6cc4c9); --on-accent: light-dark(#fff, #10201f);
        --sans: -apple-system, 'Segoe UI', Roboto, Ubuntu, Cantarell, 'Noto Sans',
          'DejaVu Sans Condensed', system-ui, sans-serif;
        --serif: 'Iowan Old Style', 'Palatino Linotype', Charter, Georgia,
          'DejaVu Serif Condensed', serif;
      }
      * { box-sizing: border-box }
      body {
        margin: 0; padding: clamp(2rem, 8vw, 5rem) 1rem; background: var(--paper);
        color: var(--ink); font: 1rem/1.5 var(--sans);
      }
      main { max-width: 30rem; margin: 0 auto }
      .brand { margin: 0 0 1.2rem; font-weight: 600; color: var(--accent) }
      h1 {
        font: 400 clamp(1.8rem, 5vw, 2.5rem)/1.1 var(--serif); letter-spacing: -.015em;
        margin: 0 0 1.2rem; overflow-wrap: anywhere;
      }
      p, li { overflow-wrap: anywhere; color: var(--quiet) }
      label { display: block; margin-bottom: 1rem; color: var(--quiet) }
      input {
        display: block; width: 100%; margin-top: .2rem; padding: .6rem .8rem; font: inherit;
        color: var(--ink); background: var(--panel); border: 1px solid var(--faint);
        border-radius: 8px;
      }
      button {
        font: 600 1rem/1 var(--sans); padding: .8rem 1.2rem; margin: .6rem .5rem 0 0;
        border-radius: 999px; cursor: pointer; border: 1px solid var(--accent); background: none;
        color: var(--accent);
      }
      button.primary { background: var(--accent); color: var(--on-accent) }
      :focus-visible { outline: 3px solid var(--accent); outline-offset: 3px }
`

/** Client names come from dynamic registration and may contain markup. */
function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return new URLSearchParams(text)
}
