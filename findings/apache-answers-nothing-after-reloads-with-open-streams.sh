#!/usr/bin/env bash
# Versions: Apache httpd 2.4.71 (MPM event), nginx 1.22.1, HAProxy 2.6.12, curl 7.88.1 (Debian 12), node 24.21.0 (npm).
#            Documentation of Apache: graceful restart ("as each child dies off, the parent replaces it"), `ServerLimit`, MPM event.
# Guess:     a graceful reload lets open event streams run to their end, and serves new requests with the new configuration at the
#            same time. A stream costs one of the threads: with 100 of them, four streams leave 96.
# Behaviour: a stream keeps its whole process of 25 threads, which takes no new requests and counts for `ServerLimit`. When each of the
#            last `ServerLimit` generations has one open stream, no process is left: after the fourth reload Apache answers no
#            request at all, and does again as soon as one stream ends. Its log says "scoreboard is full". By its documentation the
#            limit is 16 by default: 16 reloads, by a daily log rotation or for a certificate, are enough for streams without an end.
#            nginx and HAProxy start a new process for each reload.
# Output seen: apache after 1: answers, 2: answers, 3: answers, 4: silent (scoreboard is full), after the end of one stream: answers; nginx after 8: answers, 8 streams open; haproxy after 8: answers, 8 streams open
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
for program in apache2 nginx haproxy curl; do
  command -v $program > /dev/null || { echo 'This needs apt-get install apache2 nginx haproxy curl'; exit 2; }
done
work=$(mktemp -d) && cd "$work"
chmod 755 "$work"
trap 'kill $(jobs -p) 2> /dev/null || true; sleep 1; rm -rf "$work"' EXIT
apache2 -v | sed -n 1p; nginx -v 2>&1; haproxy -v | sed -n 1p; curl --version | sed -n 1p
echo 'Installing node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund node@24.21.0 >> install.log 2>&1
export PATH="$work/node_modules/.bin:$PATH"
cat > server.mjs <<'JS'
import { createServer } from 'node:http'

// A stream with a comment every second, as servers send them to keep a connection open.
const server = createServer((request, response) => {
  if (request.url === '/up') return response.end('up')
  response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n')
  const timer = setInterval(() => response.write(':\n\n'), 1000)
  response.on('close', () => clearInterval(timer))
}).listen(0, '127.0.0.1', () => console.log(server.address().port))
JS
node server.mjs > port &
until [ -s port ]; do sleep 0.1; done
port=$(cat port)
free() { node -e "require('net').createServer().listen(0,'127.0.0.1',function(){console.log(this.address().port);this.close()})"; }
apache=$(free) nginx=$(free) haproxy=$(free)
modules=/usr/lib/apache2/modules
cat > apache.conf <<CONF
ServerName localhost
User www-data
Group www-data
PidFile $work/apache.pid
ErrorLog $work/apache.log
Listen 127.0.0.1:$apache
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule proxy_module $modules/mod_proxy.so
LoadModule proxy_http_module $modules/mod_proxy_http.so
ServerLimit 4
ThreadsPerChild 25
MaxRequestWorkers 100
StartServers 1
MinSpareThreads 25
MaxSpareThreads 50
ProxyPass "/" "http://127.0.0.1:$port/" flushpackets=on
CONF
cat > nginx.conf <<CONF
daemon off; worker_processes 1; pid $work/pid; events {}
http {
  access_log off;
  client_body_temp_path $work/a; proxy_temp_path $work/b; fastcgi_temp_path $work/c; uwsgi_temp_path $work/d; scgi_temp_path $work/e;
  server {
    listen 127.0.0.1:$nginx;
    location / { proxy_pass http://127.0.0.1:$port; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }
  }
}
CONF
cat > haproxy.conf <<CONF
defaults
  mode http
  timeout connect 5s
  timeout client 1m
  timeout server 1m
listen front
  bind 127.0.0.1:$haproxy
  server server 127.0.0.1:$port
CONF
apache2 -f "$work/apache.conf" -DFOREGROUND > apache.out 2>&1 &
apache_pid=$!
nginx -p "$work" -c "$work/nginx.conf" -e stderr > nginx.log 2>&1 &
nginx_pid=$!
haproxy -W -db -f haproxy.conf > haproxy.log 2>&1 &
haproxy_pid=$!
streams=()
add() { # opens one more stream at port $1
  curl -sN --max-time 300 "http://127.0.0.1:$1/stream" > "stream-$1-${#streams[@]}" &
  streams+=($!)
  for _ in $(seq 50); do [ ! -s "stream-$1-$((${#streams[@]} - 1))" ] || break; sleep 0.1; done
}
answers() { # whether port $1 answers within five seconds
  [ "$(curl -s --max-time 5 "http://127.0.0.1:$1/up")" = up ] && echo answers || echo silent
}
for each in $apache $nginx $haproxy; do
  until [ "$(answers "$each")" = answers ]; do sleep 0.2; done
done
seen='apache after'
for count in 1 2 3 4; do
  add "$apache"
  kill -USR1 $apache_pid
  sleep 3
  seen+=" $count: $(answers "$apache")"
  ! grep -q 'scoreboard is full' apache.log || seen+=' (scoreboard is full)'
  seen+=,
done
kill "${streams[0]}"
sleep 3
seen+=" after the end of one stream: $(answers "$apache")"
for proxy in nginx haproxy; do
  place=${!proxy} pid=${proxy}_pid streams=()
  for count in 1 2 3 4 5 6 7 8; do
    add "$place"
    if [ $proxy = nginx ]; then kill -HUP "${!pid}"; else kill -USR2 "${!pid}"; fi
    sleep 1
  done
  open=0
  for stream in "${streams[@]}"; do ! kill -0 "$stream" 2> /dev/null || open=$((open + 1)); done
  seen+="; $proxy after 8: $(answers "$place"), $open streams open"
done
echo "$seen"
[ "$seen" = 'apache after 1: answers, 2: answers, 3: answers, 4: silent (scoreboard is full), after the end of one stream: answers; nginx after 8: answers, 8 streams open; haproxy after 8: answers, 8 streams open' ] || { echo 'This has changed.'; exit 1; }
