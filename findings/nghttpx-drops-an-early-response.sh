#!/usr/bin/env bash
# Versions: nghttpx 1.52.0, curl 7.88.1 (Debian 12), node 24.21.0 (npm). Standard: RFC 9113 §8.1 (a server may send a complete
#            response before the request is complete, and then ask for no more of it with RST_STREAM NO_ERROR).
# Guess:     a server that answers 401 before it has read the body, and goes on reading, is answered through a reverse proxy as
#            without one. HTTP/2 at the front makes this easier, because a stream can end on its own.
# Behaviour: over HTTP/2 the client of nghttpx never sees the response of a request whose body is still being sent: it gets
#            RST_STREAM, every time. Over HTTP/1.1 the same nghttpx delivers most of them. So a client with a long first request
#            and no token sees a broken connection instead of the challenge, and does not log in.
# Output seen: direct 1.1: 10 of 10 are 401; nghttpx 1.1: 7 of 10 are 401; nghttpx 2: 0 of 10 are 401, 10 end with curl's 92
set -euo pipefail
for program in nghttpx curl openssl; do
  command -v $program > /dev/null || { echo 'This needs apt-get install nghttp2-proxy curl openssl'; exit 2; }
done
work=$(mktemp -d) && cd "$work"
trap 'kill $(jobs -p) 2> /dev/null; rm -rf "$work"' EXIT
nghttpx --version; curl --version | sed -n 1p
echo 'Installing node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund node@24.21.0 >> install.log 2>&1
export PATH="$work/node_modules/.bin:$PATH"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -days 2 -keyout key.pem -out cert.pem 2> install.log
cat > server.mjs <<'JS'
import { createServer } from 'node:http'

// The head at once, the end of the response when the whole request has come: nothing is closed or reset early.
const server = createServer((request, response) => {
  response.writeHead(401, { 'WWW-Authenticate': 'Bearer', 'Content-Length': 2 }).write('{}')
  request.resume().on('end', () => response.end())
}).listen(0, '127.0.0.1', () => console.log(server.address().port))
JS
node server.mjs > port &
until [ -s port ]; do sleep 0.1; done
front=$(node -e "require('net').createServer().listen(0,'127.0.0.1',function(){console.log(this.address().port);this.close()})")
nghttpx --conf=/dev/null --workers=1 --accesslog-file=/dev/null -f "127.0.0.1,$front" -b "127.0.0.1,$(cat port)" key.pem cert.pem > nghttpx.log 2>&1 &
until curl -sk -o /dev/null "https://localhost:$front/"; do sleep 0.1; done
head -c 8000000 /dev/zero > body
ask() {
  statuses=0 resets=0
  for _ in $(seq 10); do
    code=0
    status=$(curl -sk --max-time 20 "$1" -H 'Expect:' -o /dev/null -w '%{http_code}' --data-binary @body "$2") || code=$?
    [ "$status" = 401 ] && statuses=$((statuses + 1))
    [ $code = 92 ] && resets=$((resets + 1))
  done
  echo "$statuses of 10 are 401, $resets end with curl's 92"
}
direct=$(ask --http1.1 "http://127.0.0.1:$(cat port)/")
first=$(ask --http1.1 "https://localhost:$front/")
second=$(ask --http2 "https://localhost:$front/")
printf '%s\n' "direct 1.1: $direct" "nghttpx 1.1: $first" "nghttpx 2: $second"
[ "$direct" = "10 of 10 are 401, 0 end with curl's 92" ] && [ "${first%% *}" -gt 0 ] &&
  [ "$second" = "0 of 10 are 401, 10 end with curl's 92" ] || { echo 'This has changed.'; exit 1; }
