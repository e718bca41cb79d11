#!/usr/bin/env bash
# Versions: Varnish 7.1.1, nginx 1.22.1, curl 7.88.1 (Debian 12), node 24.21.0 (npm). Standard: RFC 9110 §9.2.2 (a proxy must
#            not automatically retry requests with non-idempotent methods).
# Guess:     a POST whose server ends the connection without a response is not sent again, because the server may have
#            executed it: the client gets 503, and the server has seen one request. This holds for `return (pass)` at least.
# Behaviour: a POST without content on a connection that Varnish reuses is sent a second time on a new one: the server executes
#            it twice, and the client gets one 503. With one byte of content, or on a fresh connection, it is sent once. So
#            it happens under load and not in a test of one request. nginx sends each of them once.
# Output seen: varnish: fresh POST 1, reused POST 1, fresh empty POST 1, reused empty POST 2; nginx: 1, 1, 1, 1
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
for program in varnishd nginx curl; do
  command -v $program > /dev/null || { echo 'This needs apt-get install varnish nginx curl'; exit 2; }
done
work=$(mktemp -d) && cd "$work"
trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$work"' EXIT
varnishd -V 2>&1 | sed -n 1p; nginx -v 2>&1; curl --version | sed -n 1p
echo 'Installing node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund node@24.21.0 >> install.log 2>&1
export PATH="$work/node_modules/.bin:$PATH"
cat > server.mjs <<'JS'
import { createServer } from 'node:http'

// Each POST is work that is done once for each request; then the process that did it goes away.
const done = new Map()
const server = createServer(async (request, response) => {
  const { method, url } = request
  for await (const _ of request);
  if (method === 'GET') return response.end(`${done.get(url) ?? 0}`)
  done.set(url, (done.get(url) ?? 0) + 1)
  request.socket.destroy()
}).listen(0, '127.0.0.1', () => console.log(server.address().port))
JS
node server.mjs > port &
until [ -s port ]; do sleep 0.1; done
port=$(cat port)
free() { node -e "require('net').createServer().listen(0,'127.0.0.1',function(){console.log(this.address().port);this.close()})"; }
varnish=$(free) nginx=$(free)
cat > default.vcl <<CONF
vcl 4.1;
backend server { .host = "127.0.0.1"; .port = "$port"; }
sub vcl_recv { return (pass); }
CONF
cat > nginx.conf <<CONF
daemon off; master_process off; pid $work/pid; events {}
http {
  access_log off;
  client_body_temp_path $work/a; proxy_temp_path $work/b; fastcgi_temp_path $work/c; uwsgi_temp_path $work/d; scgi_temp_path $work/e;
  upstream server { server 127.0.0.1:$port; keepalive 8; }
  server {
    listen 127.0.0.1:$nginx;
    location / { proxy_pass http://server; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
CONF
varnishd -F -j none -n "$work/varnish" -f "$work/default.vcl" -a "127.0.0.1:$varnish" -s malloc,16m > varnish.log 2>&1 &
nginx -p "$work" -c "$work/nginx.conf" -e stderr > nginx.log 2>&1 &
times() { # $1: port, $2: path, $3: content; afterwards, no connection to the server is left to reuse
  curl -s -o response --max-time 10 --data "$3" "http://127.0.0.1:$1/$2" || true
  sleep 0.3
  curl -s "http://127.0.0.1:$port/$2"
}
seen=
for proxy in varnish nginx; do
  place=${!proxy}
  until curl -s -o response --max-time 1 "http://127.0.0.1:$place/up"; do sleep 0.1; done
  times "$place" "$proxy-drain" x > response
  seen+="$proxy: fresh POST $(times "$place" "$proxy-1" x),"
  curl -s -o response "http://127.0.0.1:$place/up"
  seen+=" reused POST $(times "$place" "$proxy-2" x),"
  seen+=" fresh empty POST $(times "$place" "$proxy-3" ''),"
  curl -s -o response "http://127.0.0.1:$place/up"
  seen+=" reused empty POST $(times "$place" "$proxy-4" '')"$'\n'
done
printf '%s' "$seen"
[ "$seen" = 'varnish: fresh POST 1, reused POST 1, fresh empty POST 1, reused empty POST 2
nginx: fresh POST 1, reused POST 1, fresh empty POST 1, reused empty POST 1
' ] || { echo 'This has changed.'; exit 1; }
