/** The pages of the development issuer: plain HTML forms without scripts. */

import type { Grant } from './grants.ts'
import type { User } from './options.ts'

/** A page and its status. */
export interface Page {
  readonly status: number
  readonly html: string
}

interface LoginFacts {
  readonly request: string
  readonly clientName: string
  readonly users: readonly User[]
  /** The authentication context that the client requests, and gets. */
  readonly acr: string | undefined
}

export function loginPage({ request, clientName, users, acr }: LoginFacts): Page {
  const choices = users.map(
    ({ name, scopes }, index) => `<label class="choice">
        <input name="user" type="radio" value="${escapeHtml(name)}"${index === 0 ? ' checked' : ''}>
        <span><b>${escapeHtml(name)}</b><small>${escapeHtml(scopes?.join(', ') ?? 'any scope')}</small></span>
      </label>`,
  )
  return page(
    'Log in',
    `<p class="lede"><b>${escapeHtml(clientName)}</b> asks you to log in. No password: this issuer is for development.</p>
    ${acr === undefined ? '' : `<p class="note">Your login will count as <code>${escapeHtml(acr)}</code>.</p>`}
    <form method="post" action="/login">
      <input name="request" type="hidden" value="${escapeHtml(request)}">
      <fieldset><legend>Log in as</legend>${choices.join('')}</fieldset>
      <button class="primary" type="submit">Log in</button>
    </form>`,
  )
}

interface ConsentFacts {
  readonly request: string
  readonly clientName: string
  readonly user: string
  readonly resource: string
  readonly redirectUri: string
  /** The requested scopes, and whether the user may grant each. */
  readonly scopes: readonly { readonly name: string; readonly isAllowed: boolean }[]
}

export function consentPage(facts: ConsentFacts): Page {
  const scopes = facts.scopes.map(
    ({ name, isAllowed }, index) => `<label class="choice">
        <input name="scope-${index}" type="checkbox" value="${escapeHtml(name)}"${isAllowed ? ' checked' : ' disabled'}>
        <span><code>${escapeHtml(name)}</code>${isAllowed ? '' : `<small>${escapeHtml(facts.user)} may not grant it</small>`}</span>
      </label>`,
  )
  return page(
    `Allow ${facts.clientName}?`,
    `<p class="lede">It will act as <b>${escapeHtml(facts.user)}</b> at <code>${escapeHtml(facts.resource)}</code>.</p>
    <form method="post" action="/consent">
      <input name="request" type="hidden" value="${escapeHtml(facts.request)}">
      <fieldset><legend>Scopes</legend>${scopes.join('') || '<p>It requests no scope.</p>'}</fieldset>
      <button name="decision" value="allow" class="primary" type="submit">Allow</button>
      <button name="decision" value="deny" type="submit">Deny</button>
    </form>
    <p class="note">You go on to <code>${escapeHtml(facts.redirectUri)}</code></p>`,
  )
}

export function grantsPage(issuer: string, resource: string, grants: readonly Grant[]): Page {
  const rows = grants.toReversed().map(
    (grant) => `<li>
        <div><b>${escapeHtml(grant.user)}</b> through <b>${escapeHtml(grant.clientName)}</b>
          <small>${escapeHtml(grant.scopes.join(', ') || 'no scope')} · ${grant.createdAt.toISOString()}</small></div>
        ${
          grant.isRevoked
            ? '<small>revoked</small>'
            : `<form method="post" action="/revoke-grant"><input name="grant" type="hidden" value="${escapeHtml(grant.id)}"><button type="submit">Revoke</button></form>`
        }
      </li>`,
  )
  return page(
    'Grants',
    `<p class="lede">Issuer <code>${escapeHtml(issuer)}</code> for <code>${escapeHtml(resource)}</code>. For development, on this machine only.</p>
    ${rows.length === 0 ? '<p>No client has a grant yet.</p>' : `<ul class="grants">${rows.join('')}</ul>`}
    <p class="note">A revoked grant cannot be refreshed, and its tokens are inactive at introspection. A JWT stays valid until it expires.</p>`,
  )
}

export function errorPage(message: string, status = 400): Page {
  return page('This request cannot go on', `<p class="lede">${escapeHtml(message)}</p>`, status)
}

function page(title: string, body: string, status = 200): Page {
  return {
    status,
    html: `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escapeHtml(title)} · mcp-gatehouse issuer</title>
    <link rel="icon" href="data:,">
    <style>${STYLE}</style>
  </head>
  <body>
    <main>
    <h1>${escapeHtml(title)}</h1>
    ${body}
    </main>
  </body>
</html>
`,
  }
}

/** Names of clients and users may contain markup. */
function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** The look of examples/demo/flow.html. */
const STYLE = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#fbfaf7, #171817); --panel: light-dark(#fff, #1f2120);
  --ink: light-dark(#1d1e1c, #eceae4); --quiet: light-dark(#63625c, #a3a29a);
  --faint: light-dark(#dcd8cf, #383a37);
  --accent: light-dark(#12646a, #6cc4c9); --on-accent: light-dark(#fff, #10201f);
  --sans: -apple-system, 'Segoe UI', Roboto, Ubuntu, Cantarell, 'Noto Sans', system-ui, sans-serif;
  --serif: 'Iowan Old Style', 'Palatino Linotype', Charter, Georgia, serif;
  --mono: ui-monospace, 'SF Mono', Menlo, Consolas, monospace;
}
* { box-sizing: border-box }
body { margin: 0; padding: clamp(2rem, 8vw, 5rem) 1rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 var(--sans) }
main { max-width: 34rem; margin: 0 auto }
h1 { font: 400 clamp(1.8rem, 5vw, 2.5rem)/1.1 var(--serif); letter-spacing: -.015em; margin: 0 0 1rem; overflow-wrap: anywhere }
.lede { margin: 0 0 1.5rem; font-size: 1.1rem; color: var(--quiet) }
.lede b, .lede code { color: var(--ink) }
code { font-family: var(--mono); font-size: .88em; overflow-wrap: anywhere }
fieldset { border: 1px solid var(--faint); border-radius: 12px; background: var(--panel); padding: .4rem 1rem 1rem; margin: 0 0 1.5rem }
legend { padding: 0 .4rem; color: var(--quiet); font-size: .9rem }
.choice { display: flex; gap: .7rem; align-items: baseline; padding: .35rem 0; cursor: pointer }
input { accent-color: var(--accent) }
small { display: block; color: var(--quiet) }
.note { color: var(--quiet); font-size: .9rem }
button { font: 600 1rem/1 var(--sans); padding: .8rem 1.2rem; border-radius: 999px; cursor: pointer; border: 1px solid var(--accent); background: none; color: var(--accent); margin-right: .5rem }
button.primary { background: var(--accent); color: var(--on-accent) }
button:hover { box-shadow: 0 0 0 3px color-mix(in srgb, var(--accent) 25%, transparent) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px }
.grants { list-style: none; padding: 0; margin: 0 0 1.5rem }
.grants li { display: flex; justify-content: space-between; align-items: center; gap: 1rem; padding: .8rem 0; border-top: 1px solid var(--faint) }
.grants button { padding: .5rem .9rem; margin: 0 }
`
