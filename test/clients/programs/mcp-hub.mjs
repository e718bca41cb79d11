/** MCP Hub, which editors start and ask over HTTP. Its user opens the login page that it shows. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { callInEachStep, visit } from './control.mjs'

const [program, url] = process.argv.slice(2)
const port = 20_000 + (process.pid % 10_000)
writeFileSync('hub.json', JSON.stringify({ mcpServers: { notes: { url } } }))
spawn(process.execPath, [program, '--port', String(port), '--config', 'hub.json'], {
  stdio: 'inherit',
})

async function ask(path, body) {
  const response = await fetch(`http://127.0.0.1:${port}/api${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  return response.json()
}

const getServer = async () => (await ask('/servers').catch(() => ({}))).servers?.[0]

/** @returns Whether there was a login to make. */
async function logInWhereAsked() {
  for (let attempts = 0; attempts < 40; attempts++) {
    const server = await getServer()
    if (server?.authorizationUrl) break
    if (server?.status === 'connected') return false
    await setTimeout(250)
  }
  const { authorizationUrl } = (await getServer()) ?? {}
  if (authorizationUrl === undefined) return false
  visit(authorizationUrl)
  for (let attempts = 0; attempts < 40; attempts++) {
    if ((await getServer())?.status === 'connected') return true
    await setTimeout(250)
  }
  return true
}

await logInWhereAsked()
await callInEachStep(async (tool, args) => {
  const call = () => ask('/servers/tools', { server_name: 'notes', tool, arguments: args })
  const result = await call()
  return (await logInWhereAsked()) ? call() : result
})
