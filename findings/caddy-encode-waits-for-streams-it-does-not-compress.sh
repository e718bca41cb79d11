#!/usr/bin/env bash
# Versions: Caddy 2.6.2, H2O 2.2.5, Varnish 7.1.1, nginx 1.22.1, Apache httpd 2.4.71, HAProxy 2.6.12 (Debian 12), node 24.21.0 (npm).
#            Standard: HTML §9.2 (server-sent events: "open" when the head arrives). Documentation of Caddy: `encode`, `flush_interval` (event
#            streams are flushed at once), of Varnish: `do_gzip`, `do_stream`.
# Guess:     a proxy that may compress either leaves an event stream as it is, or compresses it and flushes each event. In both cases the head
#            arrives at once, and a client that offers gzip sees the same times as one that does not, such as curl in a test.
# Behaviour: with `encode`, Caddy sends small events uncompressed, one by one, but swallows the flush of the head: it arrives with the
#            first event, and that of a silent stream never. H2O does the same without any compression. With `do_gzip`,
#            Varnish keeps all events until the stream ends, so those of a stream that never ends never arrive. A client that waits
#            for the head before its next request, as the MCP SDK for Python does with OAuth (mcp-python-sends-one-request-at-a-time.sh),
#            stops. nginx, Apache and HAProxy compress and flush.
# Output seen: caddy: head at once, events one by one, no gzip
#              caddy with encode: head with an event, events one by one, no gzip
#              h2o: head with an event, events one by one, no gzip
#              h2o with compress: head with an event, events one by one, gzip
#              varnish: head at once, events one by one, no gzip
#              varnish with do_gzip: head at once, events at the end, gzip
#              nginx with gzip: head at once, events one by one, gzip
#              apache with DEFLATE: head at once, events one by one, gzip
#              haproxy with compression: head at once, events one by one, gzip
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
for program in caddy h2o varnishd nginx apache2 haproxy; do
  command -v $program > /dev/null || { echo 'This needs apt-get install caddy h2o varnish nginx apache2 haproxy'; exit 2; }
done
work=$(mktemp -d) && cd "$work"
chmod 755 "$work"
trap 'kill $(jobs -p) 2> /dev/null || true; sleep 1; rm -rf "$work"' EXIT
caddy version; h2o --version | sed -n 1p; varnishd -V 2>&1 | sed -n 1p; nginx -v 2>&1; apache2 -v | sed -n 1p; haproxy -v | sed -n 1p
echo 'Installing node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund node@24.21.0 >> install.log 2>&1
export PATH="$work/node_modules/.bin:$PATH"
cat > server.mjs <<'JS'
import { createServer } from 'node:http'

// The head at once, an event after two, three and four seconds, and the end after five.
const server = createServer((request, response) => {
  if (request.url === '/up') return response.end()
  response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
  for (const second of [2, 3, 4]) setTimeout(() => response.write(`data: ${second}\n\n`), second * 1000)
  setTimeout(() => response.end(), 5000)
}).listen(0, '127.0.0.1', () => console.log(server.address().port))
JS
cat > client.mjs <<'JS'
const read = async (argument) => {
  const [name, port] = argument.split('=')
  const origin = `http://127.0.0.1:${port}`
  for (let tries = 0; tries < 100 && !(await fetch(`${origin}/up`).then(({ ok }) => ok, () => false)); tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 100))
  const start = performance.now()
  const seconds = () => (performance.now() - start) / 1000
  const response = await fetch(`${origin}/events`)
  const head = seconds()
  let first
  for await (const _ of response.body) first ??= seconds()
  const coding = response.headers.get('Content-Encoding') ?? 'no gzip'
  return `${name}: head ${head < 1.5 ? 'at once' : 'with an event'}, events ${first < 3.5 ? 'one by one' : 'at the end'}, ${coding}`
}
console.log((await Promise.all(process.argv.slice(2).map(read))).join('\n'))
JS
node server.mjs > port &
until [ -s port ]; do sleep 0.1; done
port=$(cat port)
free() { node -e "require('net').createServer().listen(0,'127.0.0.1',function(){console.log(this.address().port);this.close()})"; }
caddy=$(free) encode=$(free) h2o=$(free) compress=$(free) varnish=$(free) do_gzip=$(free) nginx=$(free) apache=$(free) haproxy=$(free)
cat > Caddyfile <<CONF
{
	admin off
}
http://127.0.0.1:$caddy {
	reverse_proxy 127.0.0.1:$port
}
http://127.0.0.1:$encode {
	encode gzip
	reverse_proxy 127.0.0.1:$port
}
CONF
for mode in plain gzip; do
  cat > h2o-$mode.yaml <<CONF
listen: { host: 127.0.0.1, port: $([ $mode = plain ] && echo "$h2o" || echo "$compress") }
compress: $([ $mode = plain ] && echo 'OFF' || echo '[gzip]')
file.mime.settypes: { "text/event-stream": { extensions: [".events"], is_compressible: YES } }
hosts: { default: { paths: { "/": { proxy.reverse.url: "http://127.0.0.1:$port/" } } } }
CONF
  cat > varnish-$mode.vcl <<CONF
vcl 4.1;
backend server { .host = "127.0.0.1"; .port = "$port"; }
sub vcl_recv { return (pass); }
sub vcl_backend_response {
  set beresp.do_stream = true;
  set beresp.do_gzip = $([ $mode = plain ] && echo 'false' || echo 'true');
}
CONF
done
cat > nginx.conf <<CONF
daemon off; master_process off; pid $work/pid; events {}
http {
  access_log off; gzip on; gzip_types text/event-stream;
  client_body_temp_path $work/a; proxy_temp_path $work/b; fastcgi_temp_path $work/c; uwsgi_temp_path $work/d; scgi_temp_path $work/e;
  server {
    listen 127.0.0.1:$nginx;
    location / { proxy_pass http://127.0.0.1:$port; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }
  }
}
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
LoadModule proxy_module $modules/mod_proxy.so
LoadModule proxy_http_module $modules/mod_proxy_http.so
LoadModule filter_module $modules/mod_filter.so
LoadModule deflate_module $modules/mod_deflate.so
AddOutputFilterByType DEFLATE text/event-stream
ProxyPass "/" "http://127.0.0.1:$port/" flushpackets=on
CONF
cat > haproxy.conf <<CONF
defaults
  mode http
  timeout connect 5s
  timeout client 1m
  timeout server 1m
listen front
  bind 127.0.0.1:$haproxy
  compression algo gzip
  compression type text/event-stream
  server server 127.0.0.1:$port
CONF
HOME=$work XDG_DATA_HOME=$work XDG_CONFIG_HOME=$work caddy run --adapter caddyfile --config Caddyfile > caddy.log 2>&1 &
h2o -c h2o-plain.yaml > h2o.log 2>&1 &
h2o -c h2o-gzip.yaml > h2o-gzip.log 2>&1 &
varnishd -F -j none -n "$work/one" -f "$work/varnish-plain.vcl" -a "127.0.0.1:$varnish" -s malloc,16m > varnish.log 2>&1 &
varnishd -F -j none -n "$work/two" -f "$work/varnish-gzip.vcl" -a "127.0.0.1:$do_gzip" -s malloc,16m > varnish-gzip.log 2>&1 &
nginx -p "$work" -c "$work/nginx.conf" -e stderr > nginx.log 2>&1 &
apache2 -f "$work/apache.conf" -DFOREGROUND > apache.out 2>&1 &
haproxy -db -f haproxy.conf > haproxy.log 2>&1 &
seen=$(node client.mjs "caddy=$caddy" "caddy with encode=$encode" "h2o=$h2o" "h2o with compress=$compress" "varnish=$varnish" \
  "varnish with do_gzip=$do_gzip" "nginx with gzip=$nginx" "apache with DEFLATE=$apache" "haproxy with compression=$haproxy")
echo "$seen"
[ "$seen" = 'caddy: head at once, events one by one, no gzip
caddy with encode: head with an event, events one by one, no gzip
h2o: head with an event, events one by one, no gzip
h2o with compress: head with an event, events one by one, gzip
varnish: head at once, events one by one, no gzip
varnish with do_gzip: head at once, events at the end, gzip
nginx with gzip: head at once, events one by one, gzip
apache with DEFLATE: head at once, events one by one, gzip
haproxy with compression: head at once, events one by one, gzip' ] || { echo 'This has changed.'; exit 1; }
