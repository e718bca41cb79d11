#!/usr/bin/env bash
# Versions: h3 1.15.11 (that of Nitro 2.13.6) and 2.0.8, node 24.21.0 (npm). Standard: Streams (`cancel()`, and `pull()` only
#            while the consumer wants more); RFC 9112 §9.5 (the end of a connection).
# Guess:     a stream in a `Response` is cancelled when its client disconnects, and is read as fast as its client reads: Deno, Bun
#            and h3 2 do so. So a subscription ends with its client, and a large export needs little memory.
# Behaviour: h3 1 never cancels it. Each event stream that a client has left stays open, with its timers, until the process
#            ends. Nor does it wait for the client: of 64 MiB for a client that reads nothing, h3 1 reads all at once, and keeps them in memory.
# Output seen: h3 1: left 3 of 3 streams open, read 64 of 64 MiB; h3 2: left 0 of 3 streams open, read less than 16 of 64 MiB
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing h3 1.15.11 and 2.0.8, and node 24.21.0'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund h3@1.15.11 h3-2@npm:h3@2.0.8 node@24.21.0 >> install.log 2>&1
cat > streams.mjs <<'JS'
import { once } from 'node:events'
import { createServer, get } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import * as first from 'h3'
import * as second from 'h3-2'

const MEBIBYTE = 1_048_576
let open = 0
let read = 0
const events = () => {
  open += 1
  let timer
  const body = new ReadableStream({
    start(controller) {
      const send = () => controller.enqueue(new TextEncoder().encode(': alive\n\n'))
      send()
      timer = setInterval(send, 50)
    },
    cancel() {
      clearInterval(timer)
      open -= 1
    },
  })
  return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } })
}
const large = () => {
  read = 0
  const pull = (controller) => {
    if (read === 64) return controller.close()
    read += 1
    controller.enqueue(new Uint8Array(MEBIBYTE))
  }
  return new Response(new ReadableStream({ pull }))
}

const measure = async (name, listener) => {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${server.address().port}`
  open = 0
  for (let count = 0; count < 3; count += 1) {
    const request = get(`${origin}/events`, { agent: false })
    const [response] = await once(request, 'response')
    await once(response, 'data')
    response.destroy()
  }
  await setTimeout(1000)
  const left = open
  const request = get(`${origin}/large`, { agent: false })
  await once(request, 'response')
  await setTimeout(1000)
  const amount = read < 16 ? 'less than 16' : read
  request.destroy()
  return `${name}: left ${left} of 3 streams open, read ${amount} of 64 MiB`
}

const app1 = first.createApp()
app1.use('/events', first.defineEventHandler(events))
app1.use('/large', first.defineEventHandler(large))
const app2 = new second.H3()
app2.get('/events', events)
app2.get('/large', large)
const seen1 = await measure('h3 1', first.toNodeListener(app1))
const seen2 = await measure('h3 2', second.toNodeHandler(app2))
console.log(`${seen1}; ${seen2}`)
process.exit()
JS
seen=$(node_modules/.bin/node streams.mjs 2> errors.log) || { cat errors.log; exit 1; }
echo "$seen"
[ "$seen" = 'h3 1: left 3 of 3 streams open, read 64 of 64 MiB; h3 2: left 0 of 3 streams open, read less than 16 of 64 MiB' ] || { echo 'This has changed.'; exit 1; }
