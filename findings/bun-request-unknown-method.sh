#!/usr/bin/env bash
# Versions: bun 1.4.5 (npm). Standard: Fetch, Request constructor; RFC 9110 §9.1 (methods are an open set).
# Guess:     `new Request(url, { method })` keeps a method it does not know, or throws; Node and Deno keep it.
# Behaviour: Bun keeps registered methods (QUERY, PROPFIND, even TRACE, which Fetch forbids) and turns every
#            other one into GET without an error. A proxy or a test that forwards an extension method sends GET.
# Output seen: QUERY=QUERY PROPFIND=PROPFIND TRACE=TRACE NOTIFY-ALL=GET
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing bun 1.4.5'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund bun@1.4.5 >> install.log 2>&1
cat > method.mjs <<'JS'
const methods = ['QUERY', 'PROPFIND', 'TRACE', 'NOTIFY-ALL']
console.log(methods.map((m) => `${m}=${new Request('http://127.0.0.1/', { method: m }).method}`).join(' '))
JS
seen=$(node_modules/.bin/bun method.mjs)
echo "$seen"
[ "$seen" = 'QUERY=QUERY PROPFIND=PROPFIND TRACE=TRACE NOTIFY-ALL=GET' ] || { echo 'This has changed.'; exit 1; }
