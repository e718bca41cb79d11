#!/usr/bin/env bash
# Versions: ioredis 6.0.0, iovalkey 0.4.0, redis 6.3.1 and node 24.21.0 (npm), redis 8.1.0 (PyPI, Python 3.11), Redis 7.0.15, HAProxy 2.6.12 (Debian 12).
#            Documentation of Redis: `SET … NX` (a lock, an idempotency key, a used proof); of ioredis: `autoResendUnfulfilledCommands`, for "most
#            likely blocking commands".
# Guess:     a command whose connection breaks is an error: it may have been executed. `SET key value NX` is null only if another set the key. With
#            `autoResendUnfulfilledCommands: false` nothing is sent twice.
# Behaviour: ioredis, iovalkey and the client for Python send commands again that Redis has executed. `SET … NX` then fails by its own first
#            execution: a lock that its caller holds is reported as taken, a message as already processed, a proof as used; a counter counts twice,
#            a job is queued twice. The caller sees no error. With `autoResendUnfulfilledCommands: false` the promise of ioredis never settles.
#            `commandTimeout` rejects, and the command is still sent again after that. `maxRetriesPerRequest: 0` is an error at once, as the client
#            `redis` for Node has it. It needs no failover: Redis is busy for longer than the idle limit of a proxy, here with DEBUG SLEEP.
# Output seen, as replies to SET NX, INCR and LPUSH, and what Redis has afterwards:
#            ioredis: null 2 2, has 2 2
#            ioredis without resending: never never never, has 1 1
#            ioredis with commandTimeout: error error error, has 2 2
#            ioredis with maxRetriesPerRequest 0: error error error, has 1 1
#            iovalkey: null 2 2, has 2 2
#            redis for Node: error error error, has 1 1
#            redis for Python: None 2 2, has 2 2
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
for program in redis-server haproxy; do
  command -v $program > /dev/null || { echo 'This needs apt-get install redis-server haproxy python3-venv'; exit 2; }
done
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
redis-server --version; haproxy -v | sed -n 1p
echo 'Installing ioredis 6.0.0, iovalkey 0.4.0, redis 6.3.1, node 24.21.0, and redis 8.1.0 for Python'
npm init -y > install.log 2>&1
npm install --no-audit --no-fund ioredis@6.0.0 iovalkey@0.4.0 redis@6.3.1 node@24.21.0 >> install.log 2>&1
python3 -m venv python && python/bin/pip install --quiet --retries 0 redis==8.1.0 >> install.log 2>&1
cat > client.py <<'PY'
import concurrent.futures
import sys

import redis

client = redis.Redis(host="127.0.0.1", port=int(sys.argv[1]))
pool = concurrent.futures.ThreadPoolExecutor(3)
list(pool.map(lambda _: client.ping(), range(3)))
print("ready", flush=True)
sys.stdin.readline()


def reply(call):
    try:
        return call()
    except redis.RedisError:
        return "error"


calls = [lambda: client.set("lock", "me", nx=True, px=60000), lambda: client.incr("count"), lambda: client.lpush("jobs", "mail")]
print(*pool.map(reply, calls), flush=True)
PY
cat > resend.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import net from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { Redis } from 'ioredis'
import Valkey from 'iovalkey'
import { createClient } from 'redis'

const free = async () => {
  const probe = net.createServer()
  await once(probe.listen(0, '127.0.0.1'), 'listening')
  const { port } = probe.address()
  probe.close()
  return port
}
const [database, port] = [await free(), await free()]
// A proxy that ends connections which are silent for a second.
writeFileSync('haproxy.cfg', `defaults
  mode tcp
  timeout connect 5s
  timeout client 1s
  timeout server 1s
listen redis
  bind 127.0.0.1:${port}
  server redis 127.0.0.1:${database}
`)
const children = [
  spawn('redis-server', ['--port', database, '--bind', '127.0.0.1', '--save', '', '--enable-debug-command', 'yes'], { stdio: 'ignore' }),
  spawn('haproxy', ['-db', '-f', 'haproxy.cfg'], { stdio: 'ignore' }),
]
process.on('exit', () => children.forEach((child) => child.kill()))
const direct = new Redis(database, '127.0.0.1', { maxRetriesPerRequest: null })
direct.on('error', () => {})
await direct.ping()

const commands = [['SET', 'lock', 'me', 'NX', 'PX', '60000'], ['INCR', 'count'], ['LPUSH', 'jobs', 'mail']]
const inParallel = (send) => () =>
  Promise.all(commands.map((command) => Promise.race([send(command).catch(() => 'error'), setTimeout(10_000, 'never')]))).then((replies) => replies.map(String).join(' '))
const io = (Client, options) => async () => {
  const client = new Client(port, '127.0.0.1', options)
  client.on('error', () => {})
  await client.ping()
  return inParallel((command) => client.call(...command))
}
/** Each connects, and gives what sends the three commands at once. */
const clients = {
  ioredis: io(Redis),
  'ioredis without resending': io(Redis, { autoResendUnfulfilledCommands: false }),
  'ioredis with commandTimeout': io(Redis, { commandTimeout: 2000 }),
  'ioredis with maxRetriesPerRequest 0': io(Redis, { maxRetriesPerRequest: 0 }),
  iovalkey: io(Valkey),
  'redis for Node': async () => {
    const client = createClient({ url: `redis://127.0.0.1:${port}` })
    client.on('error', () => {})
    await client.connect()
    return inParallel((command) => client.sendCommand(command))
  },
  'redis for Python': async () => {
    const client = spawn('python/bin/python', ['client.py', port], { stdio: ['pipe', 'pipe', 'inherit'] })
    await once(client.stdout, 'data')
    return async () => {
      client.stdin.end('go\n')
      return `${(await once(client.stdout, 'data'))[0]}`.trim()
    }
  },
}
for (const [name, connect] of Object.entries(clients)) {
  await direct.flushall()
  const send = await connect()
  const busy = direct.debug('sleep', '3')
  await setTimeout(200)
  const replies = await send()
  await busy
  await setTimeout(1000)
  console.log(`${name}: ${replies}, has ${await direct.get('count')} ${await direct.llen('jobs')}`)
}
process.exit()
JS
seen=$(node_modules/.bin/node resend.mjs 2> errors.log) || { cat errors.log; exit 1; }
echo "$seen"
[ "$seen" = 'ioredis: null 2 2, has 2 2
ioredis without resending: never never never, has 1 1
ioredis with commandTimeout: error error error, has 2 2
ioredis with maxRetriesPerRequest 0: error error error, has 1 1
iovalkey: null 2 2, has 2 2
redis for Node: error error error, has 1 1
redis for Python: None 2 2, has 2 2' ] || { echo 'This has changed.'; exit 1; }
