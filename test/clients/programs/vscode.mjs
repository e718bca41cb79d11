/** VS Code in Chromium, served by code-server. An extension starts the MCP server and calls its tools. */
import { spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { chromium } from 'playwright-core'
import { callInEachStep, logIn } from './control.mjs'

const [program, url] = process.argv.slice(2)
const home = homedir()
const port = 20_000 + (process.pid % 10_000)
const [editor, extension] = [port, port + 1].map((each) => `http://127.0.0.1:${each}`)
const workspace = join(home, 'workspace')
const SETTINGS = {
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'chat.tools.global.autoApprove': true,
}
const MANIFEST = {
  name: 'caller',
  publisher: 'run',
  version: '1.0.0',
  engines: { vscode: '^1.90.0' },
  main: './main.js',
  activationEvents: ['onStartupFinished'],
}
/** Runs inside VS Code: `/start` and `/call`. */
const MAIN = `
const { createServer } = require('node:http')
const { text } = require('node:stream/consumers')
const { commands, lm } = require('vscode')
exports.activate = () => createServer(async (request, response) => {
  const respond = (value) => response.end(JSON.stringify(value ?? null))
  try {
    const { tool, args } = JSON.parse(await text(request))
    if (tool === undefined) return respond(await commands.executeCommand('workbench.mcp.startServer', '*', { waitForLiveTools: true }))
    const found = lm.tools.find(({ name }) => name.endsWith(tool))
    if (found === undefined) return respond('The tool is gone.')
    const { content } = await lm.invokeTool(found.name, { input: args, toolInvocationToken: undefined })
    respond(content.map(({ value }) => value))
  } catch (error) {
    respond(String(error))
  }
}).listen(${port + 1}, '127.0.0.1')
`

async function furnish() {
  const write = async (path, content) => {
    await mkdir(join(home, path, '..'), { recursive: true })
    const text = typeof content === 'string' ? content : JSON.stringify(content)
    await writeFile(join(home, path), text)
  }
  await write('workspace/.vscode/mcp.json', { servers: { notes: { type: 'http', url } } })
  await write('data/User/settings.json', SETTINGS)
  await write('extensions/caller/package.json', MANIFEST)
  await write('extensions/caller/main.js', MAIN)
}

function startEditor() {
  const options = ['--auth', 'none', '--bind-addr', editor.slice('http://'.length)]
  const folders = [
    '--user-data-dir',
    join(home, 'data'),
    '--extensions-dir',
    join(home, 'extensions'),
  ]
  const quiet = ['--disable-telemetry', '--disable-update-check', '--disable-workspace-trust']
  const argv = [program, ...options, ...folders, ...quiet, workspace]
  spawn(process.execPath, argv, { stdio: 'inherit' })
}

/** Resolves when a server responds. */
async function listens(origin) {
  const order = { method: 'POST', body: '{"tool":""}' }
  for (let attempts = 0; attempts < 200; attempts++) {
    if (await fetch(origin, order).catch(() => undefined)) return
    await setTimeout(250)
  }
}

async function openWindow() {
  const context = await chromium.launchPersistentContext(join(home, 'chromium'), {
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update'],
  })
  await context.route(isLoginPage, logInFor)
  const page = await context.newPage()
  await page.goto(`${editor}/?folder=${workspace}`)
  allowAll(page).catch(() => undefined)
}

/** Presses the buttons of dialogs: of the login, of the link to its page, and of calls without a confirmation. */
async function allowAll(page) {
  const buttons = page.locator('.monaco-dialog-box .monaco-button')
  const yes = buttons.filter({ hasText: /^(Allow|Open|Enable|Yes)$/ }).first()
  for (;;) await yes.click().catch(() => setTimeout(250))
}

function isLoginPage({ searchParams }) {
  return searchParams.has('client_id') && searchParams.has('redirect_uri')
}

/** Logs in, and returns to the window that `state` names, as the page https://vscode.dev/redirect does. */
async function logInFor(route) {
  // code-server opens URLs of loopback through its own port.
  const proxied = /^(http:\/\/127\.0\.0\.1):\d+\/proxy\/(\d+)/
  const { searchParams } = await logIn(route.request().url().replace(proxied, '$1:$2'))
  const back = new URL(decodeURIComponent(searchParams.get('state')))
  const query = new URLSearchParams(back.searchParams.get('vscode-query'))
  for (const [name, value] of searchParams) query.set(name, value)
  back.searchParams.set('vscode-query', query)
  await route.fulfill({ status: 302, headers: { Location: back.href } })
}

async function ask(order) {
  const response = await fetch(extension, { method: 'POST', body: JSON.stringify(order) })
  return response.json()
}

await furnish()
startEditor()
await listens(editor)
await openWindow()
await listens(extension)
await ask({})
await callInEachStep((tool, args) => ask({ tool, args }))
