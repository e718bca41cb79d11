#!/usr/bin/env bash
# Versions: npm 12.2.2, node 24.21.0 (npm), dash 0.5.12 as /bin/sh (Debian 12). Documentation: `npm help npx`, npm's foreground scripts.
# Guess:     `npx server` is the server as far as a supervisor can tell: npx passes SIGTERM on, so `docker stop`, systemd or an
#            MCP client that ends its child process ends the server, and its port is free.
# Behaviour: npx passes the signal to the shell between them. dash ends without passing it on, npx reports SIGTERM, and the
#            server continues to listen without a parent; the next start fails with EADDRINUSE. With bash as npm's
#            `script-shell`, which replaces itself by the program, the server gets the signal and ends with its own code.
# Output seen: dash: npx ended by SIGTERM, server still up; bash: npx ended with 0, server gone
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
[ "$(basename "$(readlink -f /bin/sh)")" = dash ] || { echo 'This needs dash as /bin/sh, as on Debian and Ubuntu.'; exit 2; }
echo 'Installing node 24.21.0 and npm 12.2.2'
mkdir server
printf '%s' '{ "name": "notes-server", "version": "1.0.0", "bin": "server.mjs" }' > server/package.json
cat > server/server.mjs <<'JS'
#!/usr/bin/env node
import { createServer } from 'node:http'

process.on('SIGTERM', () => process.exit(0))
const server = createServer((_req, res) => res.end(`${process.pid}`)).listen(0, '127.0.0.1', () => {
  console.log(server.address().port)
})
JS
chmod +x server/server.mjs
npm init -y > install.log 2>&1
npm install --no-audit --no-fund node@24.21.0 npm@12.2.2 ./server >> install.log 2>&1
cat > supervise.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'

const supervise = async (shell) => {
  const env = { ...process.env, npm_config_script_shell: shell }
  const child = spawn('npx', ['notes-server'], { env, stdio: ['ignore', 'pipe', 'ignore'] })
  const [port] = await once(child.stdout, 'data')
  const url = `http://127.0.0.1:${Number(port)}/`
  const pid = Number(await (await fetch(url)).text())
  child.kill('SIGTERM')
  const [code, signal] = await once(child, 'exit')
  // A server that received SIGTERM has ended when its connections are refused; half a second is plenty.
  let isUp = true
  for (let count = 0; isUp && count < 10; count += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    isUp = await fetch(url).then(() => true, () => false)
  }
  if (isUp) process.kill(pid, 'SIGKILL')
  return `npx ended ${signal === null ? `with ${code}` : `by ${signal}`}, server ${isUp ? 'still up' : 'gone'}`
}
console.log(`dash: ${await supervise('/bin/sh')}; bash: ${await supervise('/bin/bash')}`)
process.exit()
JS
seen=$(PATH="$work/node_modules/.bin:$PATH" node supervise.mjs)
echo "$seen"
[ "$seen" = 'dash: npx ended by SIGTERM, server still up; bash: npx ended with 0, server gone' ] || { echo 'This has changed.'; exit 1; }
