#!/usr/bin/env bash
# Versions: nghttpx 1.52.0, H2O 2.2.5, nginx 1.22.1, curl 7.88.1 (Debian 12), node 24.21.0 (npm). Standards: RFC 8252 §7.3 (native clients
#            receive the code on loopback, at any port), RFC 9110 §10.2.2. Documentation of nghttpx: `--host-rewrite`, `--no-location-rewrite`.
# Guess:     a reverse proxy rewrites a `Location` that names its backend, so scheme, host and port must match. An authorization server
#            at 127.0.0.1:9000 behind it can redirect to a native client at 127.0.0.1:33418.
# Behaviour: nghttpx compares the host alone, and replaces scheme, host and port. With `--host-rewrite` and a backend at 127.0.0.1, the
#            code of a client that listens on 127.0.0.1 goes to a path of the authorization server, which is a 404 in the browser, and the
#            client waits. Clients that listen on `localhost` log in. Without the option it is the other way around where the server
#            itself is at `localhost`, as in development. `--no-location-rewrite` helps. H2O and nginx compare the port, too.
# Output seen: nghttpx at localhost: 127.0.0.1 reached, localhost lost; with host-rewrite at auth.example: 127.0.0.1 lost, localhost reached; and no-location-rewrite: 127.0.0.1 reached, localhost reached; h2o at auth.example: 127.0.0.1 reached, localhost reached; nginx at auth.example: 127.0.0.1 reached, localhost reached
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
for program in nghttpx h2o nginx curl; do
  command -v $program > /dev/null || { echo 'This needs apt-get install nghttp2-proxy h2o nginx curl'; exit 2; }
done
work=$(mktemp -d) && cd "$work"
trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$work"' EXIT
nghttpx --version 2>&1 | sed -n 1p; h2o --version | sed -n 1p; nginx -v 2>&1; curl --version | sed -n 1p
echo 'Installing node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund node@24.21.0 >> install.log 2>&1
export PATH="$work/node_modules/.bin:$PATH"
cat > server.mjs <<'JS'
import { createServer } from 'node:http'

// The authorization endpoint for a user who has agreed.
const server = createServer((request, response) => {
  const client = new URL(request.url, 'http://127.0.0.1').searchParams.get('redirect_uri')
  if (client === null) return response.end('up')
  response.writeHead(302, { Location: `${client}?code=c&state=s` }).end()
}).listen(0, '127.0.0.1', () => console.log(server.address().port))
JS
node server.mjs > port &
until [ -s port ]; do sleep 0.1; done
port=$(cat port)
free() { node -e "require('net').createServer().listen(0,'127.0.0.1',function(){console.log(this.address().port);this.close()})"; }
plain=$(free) rewriting=$(free) keeping=$(free) h2o=$(free) nginx=$(free)
cat > h2o.yaml <<CONF
listen: { host: 127.0.0.1, port: $h2o }
hosts: { default: { paths: { "/": { proxy.reverse.url: "http://127.0.0.1:$port/" } } } }
CONF
cat > nginx.conf <<CONF
daemon off; master_process off; pid $work/pid; events {}
http {
  access_log off;
  client_body_temp_path $work/a; proxy_temp_path $work/b; fastcgi_temp_path $work/c; uwsgi_temp_path $work/d; scgi_temp_path $work/e;
  server { listen 127.0.0.1:$nginx; location / { proxy_pass http://127.0.0.1:$port; } }
}
CONF
start() { # nghttpx at port $1 with the options that follow
  nghttpx --conf=/dev/null --workers=1 --frontend="127.0.0.1,$1;no-tls" --backend="127.0.0.1,$port" "${@:2}" > "nghttpx-$1.log" 2>&1 &
}
start "$plain"
start "$rewriting" --host-rewrite
start "$keeping" --host-rewrite --no-location-rewrite
h2o -c h2o.yaml > h2o.log 2>&1 &
nginx -p "$work" -c "$work/nginx.conf" -e stderr > nginx.log 2>&1 &
log_in() { # $1: name, $2: port of the proxy, $3: the host of the authorization server
  until [ "$(curl -s --max-time 1 "http://127.0.0.1:$2/")" = up ]; do sleep 0.1; done
  local what="$1:"
  for host in 127.0.0.1 localhost; do
    client="http://$host:33418/callback"
    next=$(curl -s -o page -w '%{redirect_url}' -H "Host: $3" "http://127.0.0.1:$2/authorize?redirect_uri=$client")
    case $next in
      "$client?code=c&state=s") what+=" $host reached,";;
      "http://$3/callback?code=c&state=s") what+=" $host lost,";;
      *) what+=" $host $next,";;
    esac
  done
  echo "${what%,}; "
}
seen=$(
  log_in 'nghttpx at localhost' "$plain" "localhost:$plain"
  log_in 'with host-rewrite at auth.example' "$rewriting" auth.example
  log_in 'and no-location-rewrite' "$keeping" auth.example
  log_in 'h2o at auth.example' "$h2o" auth.example
  log_in 'nginx at auth.example' "$nginx" auth.example
)
seen=$(tr -d '\n' <<< "$seen") && seen=${seen%; }
echo "$seen"
[ "$seen" = 'nghttpx at localhost: 127.0.0.1 reached, localhost lost; with host-rewrite at auth.example: 127.0.0.1 lost, localhost reached; and no-location-rewrite: 127.0.0.1 reached, localhost reached; h2o at auth.example: 127.0.0.1 reached, localhost reached; nginx at auth.example: 127.0.0.1 reached, localhost reached' ] || { echo 'This has changed.'; exit 1; }
