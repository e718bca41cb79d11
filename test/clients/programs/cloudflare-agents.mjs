/** Runs the agent in workerd. The user of its page opens the login page that the agent asks for. */
import { setTimeout } from 'node:timers/promises'
import { build } from 'esbuild'
import { Miniflare } from 'miniflare'
import { callInEachStep, visit } from './control.mjs'

const { outputFiles } = await build({
  entryPoints: ['cloudflare-worker.mjs'],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
  conditions: ['workerd', 'worker', 'browser'],
  external: ['cloudflare:*'],
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire('/')" },
  logLevel: 'error',
})
const worker = new Miniflare({
  modules: [{ type: 'ESModule', path: 'worker.js', contents: outputFiles[0].text }],
  compatibilityDate: '2026-07-30',
  compatibilityFlags: ['nodejs_compat'],
  durableObjects: { Notes: { className: 'Notes', useSQLite: true } },
})
const base = new URL('/agents/notes/default/', await worker.ready)

async function ask(path, body = '') {
  const response = await fetch(new URL(path, base), { method: 'POST', body })
  return response.json()
}

async function getServer() {
  return Object.values(await ask('servers'))[0]
}

/** @returns Whether there was a login to make. */
async function logInWhereAsked() {
  const { auth_url: url, state } = await getServer()
  if (!url || state === 'ready') return false
  visit(url)
  for (let attempts = 0; attempts < 40; attempts++) {
    if ((await getServer()).state === 'ready') break
    await setTimeout(250)
  }
  return true
}

console.log(await ask('add', process.argv[2]))
await logInWhereAsked()
await callInEachStep(async (name, args) => {
  const call = () => ask('call', JSON.stringify({ name, arguments: args }))
  const result = await call()
  return (await logInWhereAsked()) ? call() : result
})
