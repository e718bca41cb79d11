#!/usr/bin/env bash
# Versions: HAProxy 2.6.12, Caddy 2.6.2, nginx 1.22.1, curl 7.88.1 (Debian 12), node 24.21.0 (npm). Standards: RFC 9112 §8
#            (an incomplete message), RFC 9113 §8.1 (END_STREAM ends a complete message), RFC 9110 §7.6 (intermediaries).
# Guess:     where a server breaks off a response in chunks, such as an event stream, a reverse proxy breaks off its own
#            response, over HTTP/1.1 and over HTTP/2 alike, so that the client knows that something is missing.
# Behaviour: HAProxy does so over HTTP/1.1. Over HTTP/2, to the same client and from the same server, it ends the stream with
#            END_STREAM, and the client takes the incomplete body as complete. Caddy completes both. nginx breaks off both. A body with
#            Content-Length is broken off everywhere. A client that reconnects after an error, and takes an end for the
#            end of the answer, waits for a result that does not come, depending on the protocol that ALPN chose.
# Output seen: chunked: haproxy 1.1=broken 2=complete caddy 1.1=complete 2=complete nginx 1.1=broken 2=broken; length: all broken
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
for program in haproxy caddy nginx curl openssl; do
  command -v $program > /dev/null || { echo "This needs apt-get install haproxy caddy nginx curl openssl"; exit 2; }
done
work=$(mktemp -d) && cd "$work"
trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$work"' EXIT
haproxy -v | sed -n 1p; caddy version; nginx -v; curl --version | sed -n 1p
echo 'Installing node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund node@24.21.0 >> install.log 2>&1
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost \
  -days 2 -keyout key.pem -out cert.pem 2> install.log
cat cert.pem key.pem > both.pem
cat > server.mjs <<'JS'
import { createServer } from 'node:http'

// Two events, of which the second never comes.
const part = 'data: 1\n\n'
const server = createServer((request, response) => {
  const length = request.url === '/length' ? { 'Content-Length': 2 * part.length } : {}
  response.writeHead(200, { 'Content-Type': 'text/event-stream', ...length }).write(part)
  setTimeout(() => response.destroy(), 200)
}).listen(0, '127.0.0.1', () => console.log(server.address().port))
JS
free() { node_modules/.bin/node -e "require('net').createServer().listen(0,'127.0.0.1',function(){console.log(this.address().port);this.close()})"; }
node_modules/.bin/node server.mjs > port &
until [ -s port ]; do sleep 0.1; done
port=$(cat port) haproxy_port=$(free) caddy_port=$(free) nginx_port=$(free)
cat > haproxy.conf <<CONF
defaults
  mode http
  timeout connect 5s
  timeout client 1m
  timeout server 1m
frontend front
  bind 127.0.0.1:$haproxy_port ssl crt both.pem alpn h2,http/1.1
  default_backend back
backend back
  server server 127.0.0.1:$port
CONF
cat > Caddyfile <<CONF
{
	admin off
	auto_https disable_redirects
}
https://localhost:$caddy_port {
	tls $work/cert.pem $work/key.pem
	reverse_proxy 127.0.0.1:$port
}
CONF
cat > nginx.conf <<CONF
daemon off; master_process off; pid $work/pid; events {}
http {
  access_log off;
  client_body_temp_path $work/a; proxy_temp_path $work/b; fastcgi_temp_path $work/c; uwsgi_temp_path $work/d; scgi_temp_path $work/e;
  server {
    listen 127.0.0.1:$nginx_port ssl http2;
    ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem;
    location / { proxy_pass http://127.0.0.1:$port; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }
  }
}
CONF
haproxy -db -f haproxy.conf > haproxy.log 2>&1 &
HOME=$work XDG_DATA_HOME=$work XDG_CONFIG_HOME=$work caddy run --adapter caddyfile --config Caddyfile > caddy.log 2>&1 &
nginx -p "$work" -c "$work/nginx.conf" -e stderr > nginx.log 2>&1 &
for each in $haproxy_port $caddy_port $nginx_port; do
  until curl -sk -o /dev/null --max-time 1 "https://localhost:$each/" || [ $? -ne 7 ]; do sleep 0.1; done
done
how() { # curl ends with 18 (HTTP/1.1) or 92 (HTTP/2) where a response is incomplete
  code=0
  curl -sk --max-time 10 "$1" "https://localhost:$2/$3" > body || code=$?
  [ "$(cat body)" = 'data: 1' ] || { echo nothing; return; }
  case $code in 0) echo complete;; 18 | 92) echo broken;; *) echo "$code";; esac
}
seen=
for path in chunked length; do
  seen+="$path:"
  for proxy in haproxy caddy nginx; do
    place=${proxy}_port
    seen+=" $proxy 1.1=$(how --http1.1 "${!place}" $path) 2=$(how --http2 "${!place}" $path)"
  done
  seen+=$'\n'
done
printf '%s' "$seen"
[ "$seen" = 'chunked: haproxy 1.1=broken 2=complete caddy 1.1=complete 2=complete nginx 1.1=broken 2=broken
length: haproxy 1.1=broken 2=broken caddy 1.1=broken 2=broken nginx 1.1=broken 2=broken
' ] || { echo 'This has changed.'; exit 1; }
