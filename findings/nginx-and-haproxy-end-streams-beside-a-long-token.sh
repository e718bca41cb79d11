#!/usr/bin/env bash
# Versions: nginx 1.22.1, HAProxy 2.6.12, Apache httpd 2.4.71, nghttpx 1.52.0, curl 7.88.1 (Debian 12), node 24.21.0 (npm). Standards:
#            RFC 9113 §10.5.1 (a server can send 431 for a header that is too long), RFC 6585 §5 (431).
# Guess:     a proxy rejects a request whose token is longer than it accepts with 400 or 431, over HTTP/1.1 and over HTTP/2 alike. Over
#            HTTP/2 that ends one stream; the event streams and calls beside it on the connection go on.
# Behaviour: over HTTP/1.1 it is as guessed. Over HTTP/2, nginx and HAProxy send no status: they close the connection with GOAWAY, and break
#            off every other stream on it, with codes that name no header (ENHANCE_YOUR_CALM, COMPRESSION_ERROR). So one refresh or
#            step-up that makes a token longer, as more scopes or groups do, ends the running calls too, and the client cannot
#            tell why. Apache and nghttpx send 431, and the event stream goes on.
# Output seen: nginx, 20 kB: 400 over HTTP/1.1; over HTTP/2 GOAWAY 11, event stream broken
#              haproxy, 20 kB: 400 over HTTP/1.1; over HTTP/2 GOAWAY 9, event stream broken
#              apache, 20 kB: 400 over HTTP/1.1; over HTTP/2 431, event stream complete
#              nghttpx, 70 kB: 431 over HTTP/1.1; over HTTP/2 431, event stream complete
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
for program in nginx haproxy apache2 nghttpx curl openssl; do
  command -v $program > /dev/null || { echo 'This needs apt-get install nginx haproxy apache2 nghttp2-proxy curl openssl'; exit 2; }
done
work=$(mktemp -d) && cd "$work"
chmod 755 "$work"
trap 'kill $(jobs -p) 2> /dev/null || true; sleep 1; rm -rf "$work"' EXIT
nginx -v 2>&1; haproxy -v | sed -n 1p; apache2 -v | sed -n 1p; nghttpx --version 2>&1 | sed -n 1p; curl --version | sed -n 1p
echo 'Installing node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund node@24.21.0 >> install.log 2>&1
export PATH="$work/node_modules/.bin:$PATH"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost \
  -days 2 -keyout key.pem -out cert.pem 2> install.log
cat cert.pem key.pem > both.pem
cat > server.mjs <<'JS'
import { createServer } from 'node:http'

const server = createServer({ maxHeaderSize: 1 << 20 }, (request, response) => {
  if (request.url === '/up') return response.end('up')
  response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n')
  setTimeout(() => response.end('data: 2\n\n'), 4000)
}).listen(0, '127.0.0.1', () => console.log(server.address().port))
JS
cat > client.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { connect } from 'node:http2'

// One connection with an event stream, and beside it a request with a long token.
const [port, kilobytes] = process.argv.slice(2)
const session = connect(`https://localhost:${port}`, { ca: readFileSync('cert.pem'), maxSendHeaderBlockLength: 1 << 20 })
let goaway
session.on('goaway', (code) => (goaway = `GOAWAY ${code}`)).on('error', () => {})
const request = (path, fields) => {
  const stream = session.request({ ':path': path, ...fields }).on('error', () => {}).setEncoding('utf8')
  const seen = { body: '', status: undefined }
  stream.on('response', (head) => (seen.status = head[':status'])).on('data', (part) => (seen.body += part))
  const started = new Promise((resolve) => stream.once('data', resolve))
  const ended = new Promise((resolve) => stream.once('close', () => resolve(seen)))
  return { started, ended }
}
const events = request('/events')
await events.started
const { status } = await request('/up', { authorization: `Bearer ${'t'.repeat(kilobytes * 1000)}` }).ended
const { body } = await events.ended
console.log(`${status ?? goaway}, event stream ${body === 'data: 1\n\ndata: 2\n\n' ? 'complete' : 'broken'}`)
process.exit()
JS
node server.mjs > port &
until [ -s port ]; do sleep 0.1; done
port=$(cat port)
free() { node -e "require('net').createServer().listen(0,'127.0.0.1',function(){console.log(this.address().port);this.close()})"; }
nginx=$(free) haproxy=$(free) apache=$(free) nghttpx=$(free)
cat > nginx.conf <<CONF
daemon off; master_process off; pid $work/pid; events {}
http {
  access_log off;
  client_body_temp_path $work/a; proxy_temp_path $work/b; fastcgi_temp_path $work/c; uwsgi_temp_path $work/d; scgi_temp_path $work/e;
  server {
    listen 127.0.0.1:$nginx ssl http2;
    ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem;
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
  bind 127.0.0.1:$haproxy ssl crt both.pem alpn h2,http/1.1
  server server 127.0.0.1:$port
CONF
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
LoadModule ssl_module $modules/mod_ssl.so
LoadModule http2_module $modules/mod_http2.so
LoadModule proxy_module $modules/mod_proxy.so
LoadModule proxy_http_module $modules/mod_proxy_http.so
Protocols h2 http/1.1
SSLEngine on
SSLCertificateFile $work/cert.pem
SSLCertificateKeyFile $work/key.pem
ProxyPass "/" "http://127.0.0.1:$port/" flushpackets=on
CONF
nginx -p "$work" -c "$work/nginx.conf" -e stderr > nginx.log 2>&1 &
haproxy -db -f haproxy.conf > haproxy.log 2>&1 &
apache2 -f "$work/apache.conf" -DFOREGROUND > apache.out 2>&1 &
nghttpx --conf=/dev/null --workers=1 --frontend="127.0.0.1,$nghttpx" --backend="127.0.0.1,$port" key.pem cert.pem > nghttpx.log 2>&1 &
show() { # $1: name, $2: port, $3: length of the token in kB
  until [ "$(curl -sk --max-time 1 "https://localhost:$2/up")" = up ]; do sleep 0.1; done
  printf 'Authorization: Bearer %s' "$(printf '%*s' $(($3 * 1000)) '' | tr ' ' t)" > "field-$1"
  old=$(curl -sk --http1.1 -o page -w '%{http_code}' --max-time 5 -H "@field-$1" "https://localhost:$2/up" || true)
  echo "$1, $3 kB: $old over HTTP/1.1; over HTTP/2 $(node client.mjs "$2" "$3")"
}
seen=$(show nginx "$nginx" 20; show haproxy "$haproxy" 20; show apache "$apache" 20; show nghttpx "$nghttpx" 70)
echo "$seen"
[ "$seen" = 'nginx, 20 kB: 400 over HTTP/1.1; over HTTP/2 GOAWAY 11, event stream broken
haproxy, 20 kB: 400 over HTTP/1.1; over HTTP/2 GOAWAY 9, event stream broken
apache, 20 kB: 400 over HTTP/1.1; over HTTP/2 431, event stream complete
nghttpx, 70 kB: 431 over HTTP/1.1; over HTTP/2 431, event stream complete' ] || { echo 'This has changed.'; exit 1; }
