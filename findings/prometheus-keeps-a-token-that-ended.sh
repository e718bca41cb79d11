#!/usr/bin/env bash
# Versions: Prometheus 2.42.0 (Debian 12), node 24.21.0 (npm). Standards: RFC 6749 §4.4.3 (client credentials: no refresh token, a new token is one
#            request away), §5.1 (`expires_in` is recommended, not required), RFC 6750 §3.1 (401 `invalid_token`: "the client MAY request a new
#            access token").
# Guess:     `oauth2` of a scrape configuration requests a token, and another one when it has expired or the target answers 401
#            `invalid_token`, at the latest when the configuration is reloaded.
# Behaviour: only `expires_in` counts. A token that ends before, because it was revoked or the authorization server restarted with new keys, is sent
#            to the end of its hours, and the target is down for as long. Without `expires_in` it is sent for ever. A reload changes nothing
#            while the job is the same. A restart of Prometheus helps, or another line in the job, such as a `sample_limit`.
# Output seen: expires_in 3600: 200 200 200; ended: 401 401 401 401 401; reloaded: 401 401 401 401 401, 1 token request; another line: 200 200 200
#              no expires_in: 200 200 200; ended: 401 401 401 401 401; reloaded: 401 401 401 401 401, 1 token request; another line: 200 200 200
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
command -v prometheus > /dev/null || { echo 'This needs apt-get install prometheus'; exit 2; }
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
dpkg-query -W prometheus 2> /dev/null || true
echo 'Installing node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund node@24.21.0 >> install.log 2>&1
cat > ask.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

async function listen(handle) {
  const server = createServer(handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}
async function run(expiry) {
  let tokens = 0
  let live
  const scrapes = []
  const server = await listen(async (request, response) => {
    if (request.url === '/token') {
      tokens += 1
      live = `token-${tokens}`
      response.setHeader('Content-Type', 'application/json')
      return response.end(JSON.stringify({ access_token: live, token_type: 'Bearer', ...expiry }))
    }
    const isGood = request.headers.authorization === `Bearer ${live}`
    scrapes.push(isGood ? 200 : 401)
    if (isGood) return response.setHeader('Content-Type', 'text/plain').end('calls_total 1\n')
    response.writeHead(401, { 'WWW-Authenticate': 'Bearer error="invalid_token"' }).end()
  })
  const target = `127.0.0.1:${server.address().port}`
  const configure = (more = '') =>
    writeFileSync('prometheus.yml', `scrape_configs:
  - job_name: notes
    scrape_interval: 1s
    ${more}
    oauth2: { client_id: prometheus, client_secret: secret, token_url: "http://${target}/token" }
    static_configs: [{ targets: ["${target}"] }]
`)
  configure()
  const free = await listen(() => {})
  const { port } = free.address()
  await new Promise((done) => free.close(done))
  const options = ['--config.file=prometheus.yml', '--storage.tsdb.path=data', `--web.listen-address=127.0.0.1:${port}`]
  const child = spawn('prometheus', options, { stdio: ['ignore', 'ignore', 'pipe'] })
  process.on('exit', () => child.kill('SIGKILL'))
  let log = ''
  child.stderr.on('data', (chunk) => void (log += chunk))
  const until = async (isTrue) => {
    for (let tries = 0; tries < 600 && !isTrue(); tries += 1) await pause(50)
    if (!isTrue()) throw new Error(log)
  }
  const next = async (count) => {
    const from = scrapes.length
    await until(() => scrapes.length >= from + count)
    return scrapes.slice(from, from + count).join(' ')
  }
  const reload = async () => {
    const loads = () => log.split('Completed loading of configuration file').length
    const before = loads()
    child.kill('SIGHUP')
    await until(() => loads() > before)
  }
  const good = await next(3)
  live = undefined // it was revoked, or the server restarted
  const ended = await next(5)
  await reload()
  await pause(6000) // Prometheus applies what it discovers every five seconds
  const reloaded = await next(5)
  const requests = `${tokens} token request${tokens === 1 ? '' : 's'}`
  configure('sample_limit: 1000')
  await reload()
  await until(() => tokens > 1)
  const changed = await next(3)
  child.kill()
  await once(child, 'exit')
  server.close()
  rmSync('data', { recursive: true })
  return `${good}; ended: ${ended}; reloaded: ${reloaded}, ${requests}; another line: ${changed}`
}
console.log(`expires_in 3600: ${await run({ expires_in: 3600 })}`)
console.log(`no expires_in: ${await run({})}`)
process.exit()
JS
seen=$(node_modules/.bin/node ask.mjs 2> errors.log) || { tail -5 errors.log; exit 1; }
echo "$seen"
rest='200 200 200; ended: 401 401 401 401 401; reloaded: 401 401 401 401 401, 1 token request; another line: 200 200 200'
[ "$seen" = "expires_in 3600: $rest
no expires_in: $rest" ] || { echo 'This has changed.'; exit 1; }
