#!/usr/bin/env bash
# Versions: Caddy 2.6.2, HAProxy 2.6.12, nginx 1.22.1, curl 7.88.1 (Debian 12), node 24.21.0 (npm). Standard: HTML §9.2
#            (server-sent events); documentation of Caddy: `flush_interval`, of HAProxy: `option abortonclose`.
# Guess:     a reverse proxy whose client disconnects in the middle of an event stream ends its own request, so that the server
#            sees `close` and releases the stream. `flush_interval -1`, which guides recommend for event streams, turns off
#            buffering.
# Behaviour: with `flush_interval -1` Caddy keeps the request to the server open after its client has disconnected. Without the line,
#            events arrive as fast, since Caddy knows `text/event-stream`, and the request ends at once. HAProxy keeps
#            it, too, until `timeout server`, unless `option abortonclose` is set. A server collects the streams of clients
#            that have left, one for each time that they connected again.
# Output seen: caddy: ended; caddy with flush_interval: open; haproxy: open; haproxy with abortonclose: ended; nginx: ended
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
for program in haproxy caddy nginx curl; do
  command -v $program > /dev/null || { echo 'This needs apt-get install haproxy caddy nginx curl'; exit 2; }
done
work=$(mktemp -d) && cd "$work"
trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$work"' EXIT
caddy version; haproxy -v | sed -n 1p; nginx -v 2>&1; curl --version | sed -n 1p
echo 'Installing node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund node@24.21.0 >> install.log 2>&1
export PATH="$work/node_modules/.bin:$PATH"
cat > server.mjs <<'JS'
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'

const server = createServer((request, response) => {
  if (request.url === '/up') return response.end()
  response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n')
  response.on('close', () => appendFileSync('ended', `${request.url}\n`))
}).listen(0, '127.0.0.1', () => console.log(server.address().port))
JS
node server.mjs > port &
until [ -s port ]; do sleep 0.1; done
port=$(cat port)
free() { node -e "require('net').createServer().listen(0,'127.0.0.1',function(){console.log(this.address().port);this.close()})"; }
plain=$(free) flush=$(free) keeping=$(free) aborting=$(free) nginx=$(free)
cat > Caddyfile <<CONF
{
	admin off
}
http://localhost:$plain {
	reverse_proxy 127.0.0.1:$port
}
http://localhost:$flush {
	reverse_proxy 127.0.0.1:$port {
		flush_interval -1
	}
}
CONF
cat > haproxy.conf <<CONF
defaults
  mode http
  timeout connect 5s
  timeout client 1m
  timeout server 1m
listen keeping
  bind 127.0.0.1:$keeping
  server server 127.0.0.1:$port
listen aborting
  option abortonclose
  bind 127.0.0.1:$aborting
  server server 127.0.0.1:$port
CONF
cat > nginx.conf <<CONF
daemon off; master_process off; pid $work/pid; events {}
http {
  access_log off;
  client_body_temp_path $work/a; proxy_temp_path $work/b; fastcgi_temp_path $work/c; uwsgi_temp_path $work/d; scgi_temp_path $work/e;
  server {
    listen 127.0.0.1:$nginx;
    location / { proxy_pass http://127.0.0.1:$port; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }
  }
}
CONF
HOME=$work XDG_DATA_HOME=$work XDG_CONFIG_HOME=$work caddy run --adapter caddyfile --config Caddyfile > caddy.log 2>&1 &
haproxy -db -f haproxy.conf > haproxy.log 2>&1 &
nginx -p "$work" -c "$work/nginx.conf" -e stderr > nginx.log 2>&1 &
touch ended
leave() { # reads the first event, disconnects, and gives the proxy three seconds
  until curl -s -o up --max-time 1 "http://localhost:$2/up"; do sleep 0.1; done
  curl -sN --max-time 1 "http://localhost:$2/$2" > event || true
  [ "$(cat event)" = 'data: 1' ] || { echo "$1: no event"; return; }
  sleep 3
  if grep -q "/$2" ended; then echo "$1: ended"; else echo "$1: open"; fi
}
seen=$(
  leave caddy "$plain"
  leave 'caddy with flush_interval' "$flush"
  leave haproxy "$keeping"
  leave 'haproxy with abortonclose' "$aborting"
  leave nginx "$nginx"
)
echo "$seen"
[ "$seen" = 'caddy: ended
caddy with flush_interval: open
haproxy: open
haproxy with abortonclose: ended
nginx: ended' ] || { echo 'This has changed.'; exit 1; }
