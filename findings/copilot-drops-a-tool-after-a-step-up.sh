#!/usr/bin/env bash
# Versions: @github/copilot 1.0.102 (npm), offline with a model on loopback, in a terminal on Linux; @modelcontextprotocol/server
#            2.4.0. Standard: RFC 6750 §3.1 (after `invalid_token` the client may request a new token and repeat the request).
# Guess:     a tool call that is 401 `invalid_token` is refreshed and repeated, and the model reads the result: Copilot does
#            it in every session, and a step-up, which Copilot completes by itself, does not change that.
# Behaviour: in a session that began with a stored login, after a step-up, the 401 meets the `tools/list` by which Copilot verifies
#            its cached tools. The call fails with a text about native execution, and the model is not offered the tool any more.
#            Only then Copilot refreshes, which succeeds, and lists the tools; the model is still not offered the tool in this
#            turn. Without the step-up the same session refreshes and repeats.
# Output seen: list: result; delete after a step-up: result; list with an expired token: no result, refreshed once; list: the tool is not offered
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
unshare -rn ip link set lo up 2> /dev/null || { echo 'This needs Linux with user namespaces, and apt-get install util-linux iproute2'; exit 2; }
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing node 24.21.0, @github/copilot 1.0.102 and @modelcontextprotocol/server 2.4.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund --ignore-scripts @github/copilot@1.0.102 @modelcontextprotocol/server@2.4.0 >> install.log 2>&1
npm install --no-audit --no-fund node@24.21.0 >> install.log 2>&1
mkdir -p home/.copilot bin
cat > watch.mjs <<'JS'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'

/** Serves JSON documents by path; a function gets the body and the URL. */
async function listen(handle) {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://127.0.0.1')
    await handle(request, response, url, await text(request))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `http://127.0.0.1:${server.address().port}`
}
const json = (response, status, body, headers = {}) =>
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body))

// The authorization server: it logs in without questions.
const valid = new Set()
const admin = new Set()
let logins = 0
let refreshes = 0
const issuer = await listen((request, response, url, body) => {
  if (url.pathname === '/authorize') {
    const redirect = new URL(url.searchParams.get('redirect_uri'))
    redirect.searchParams.set('code', 'code')
    redirect.searchParams.set('state', url.searchParams.get('state'))
    return response.writeHead(302, { Location: redirect.href }).end()
  }
  if (url.pathname === '/register') {
    return json(response, 201, { ...JSON.parse(body), client_id: 'client', token_endpoint_auth_method: 'none' })
  }
  if (url.pathname === '/token') {
    if (body.includes('grant_type=refresh_token')) refreshes++
    else logins++
    const token = randomUUID()
    valid.add(token)
    if (logins > 1) admin.add(token)
    return json(response, 200, { access_token: token, token_type: 'Bearer', expires_in: 3600, refresh_token: randomUUID() })
  }
  return json(response, 200, {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    registration_endpoint: `${issuer}/register`,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none'],
  })
})

// The MCP server.
const METADATA = '/.well-known/oauth-protected-resource/mcp'
const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  server.registerTool('delete_note', { description: 'Deletes notes.' }, () => ({ content: [{ type: 'text', text: 'Deleted' }] }))
  server.registerTool('list_notes', { description: 'Lists notes.' }, () => ({ content: [{ type: 'text', text: 'Buy milk' }] }))
  return server
})
const origin = await listen(async (request, response, url, body) => {
  if (url.pathname === METADATA) {
    return json(response, 200, { resource: `${origin}/mcp`, authorization_servers: [issuer] })
  }
  const token = request.headers.authorization?.slice('Bearer '.length)
  if (!valid.has(token)) {
    const error = token === undefined ? '' : 'error="invalid_token", '
    return json(response, 401, {}, { 'WWW-Authenticate': `Bearer ${error}resource_metadata="${origin}${METADATA}"` })
  }
  if (body.includes('tools/call') && body.includes('delete_note') && !admin.has(token)) {
    return json(response, 403, {}, { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="read admin", resource_metadata="${origin}${METADATA}"` })
  }
  const hasBody = request.method === 'POST'
  const served = await handler.fetch(
    new Request(`${origin}/mcp`, { method: request.method, headers: request.headers, ...(hasBody ? { body } : {}) }),
  )
  response.writeHead(served.status, Object.fromEntries(served.headers))
  for await (const chunk of served.body ?? []) response.write(chunk)
  response.end()
})

// The model: it lists, deletes, and lists twice. The tokens expire after the second call.
const seen = []
let asked = 0
let finished = false
const model = await listen(async (request, response, url, body) => {
  if (!url.pathname.endsWith('/chat/completions')) return json(response, 200, { data: [{ id: 'model', object: 'model' }] })
  const { tools = [], messages } = JSON.parse(body)
  await setTimeout(1500)
  let delta = { role: 'assistant', content: 'Done.' }
  if (tools.length > 0) {
    if (asked > 0) seen[asked - 1] ??= JSON.stringify(messages.findLast(({ role }) => role === 'tool')?.content)
    const tool = tools.find(({ function: { name } }) => name.endsWith(asked === 1 ? 'delete_note' : 'list_notes'))
    if (asked === 2) valid.clear()
    if (tool !== undefined && asked < 4) {
      asked++
      const call = { name: tool.function.name, arguments: '{}' }
      delta = { role: 'assistant', tool_calls: [{ index: 0, id: `call_${asked}`, type: 'function', function: call }] }
    } else {
      if (asked < 4) seen.push('the tool is not offered')
      finished = asked > 0
    }
  }
  const common = { id: 'chat', object: 'chat.completion.chunk', created: 1, model: 'model' }
  const reason = delta.tool_calls === undefined ? 'stop' : 'tool_calls'
  response.writeHead(200, { 'Content-Type': 'text/event-stream' })
  for (const choice of [{ index: 0, delta, finish_reason: null }, { index: 0, delta: {}, finish_reason: reason }]) {
    response.write(`data: ${JSON.stringify({ ...common, choices: [choice] })}\n\n`)
  }
  response.end('data: [DONE]\n\n')
})

const here = process.cwd()
const mcp = { mcpServers: { notes: { type: 'http', url: `${origin}/mcp`, tools: ['*'] } } }
writeFileSync('home/.copilot/mcp-config.json', JSON.stringify(mcp))
writeFileSync('bin/open.mjs', `await fetch(process.argv.find((each) => each.startsWith('http')))`)
writeFileSync('bin/xdg-open', `#!/bin/sh\nexec node '${here}/bin/open.mjs' "$@"\n`, { mode: 0o755 })
const env = {
  PATH: `${here}/bin:${process.env.PATH}`,
  HOME: `${here}/home`,
  TERM: 'xterm-256color',
  DISPLAY: ':0',
  BROWSER: `${here}/bin/xdg-open`,
  COPILOT_OFFLINE: 'true',
  COPILOT_ALLOW_ALL: 'true',
  COPILOT_PROVIDER_BASE_URL: `${model}/v1`,
  COPILOT_PROVIDER_API_KEY: 'none',
  COPILOT_MODEL: 'model',
}
async function copilot(args, isEnough) {
  const command = `stty rows 50 cols 160; exec ${here}/node_modules/.bin/copilot --no-auto-update ${args}`
  const child = spawn('script', ['-qefc', command, '/dev/null'], { cwd: env.HOME, env, stdio: ['pipe', 'ignore', 'ignore'] })
  for (let tries = 0; tries < 300 && !isEnough(); tries++) await setTimeout(200)
  await setTimeout(3000)
  child.kill('SIGKILL')
}
await copilot('', () => logins > 0)
await copilot('--allow-all-tools -i Go.', () => finished)
const word = (result, text) => (result?.includes(text) ? 'result' : 'no result')
const times = refreshes === 1 ? 'once' : `${refreshes} times`
console.log(
  [
    `list: ${word(seen[0], 'Buy milk')}`,
    `delete after a step-up: ${word(seen[1], 'Deleted')}`,
    `list with an expired token: ${word(seen[2], 'Buy milk')}, refreshed ${times}`,
    `list: ${word(seen[3], 'Buy milk') === 'result' ? 'result' : seen[3]}`,
  ].join('; '),
)
process.exit(0)
JS
# In a network with loopback only, and processes that all end with it.
seen=$(PATH="$work/node_modules/.bin:$PATH" unshare -rn --pid --fork --kill-child --mount-proc sh -c 'ip link set lo up && exec node watch.mjs' 2> warnings.log | tail -n 1)
echo "$seen"
[ "$seen" = 'list: result; delete after a step-up: result; list with an expired token: no result, refreshed once; list: the tool is not offered' ] || { echo 'This has changed.'; exit 1; }
