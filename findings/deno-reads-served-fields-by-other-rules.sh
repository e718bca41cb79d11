#!/usr/bin/env bash
# Versions: deno 2.9.6 (npm). Standard: Fetch §5.1 (the names of fields are case-insensitive).
# Guess:     headers.get('authorization') takes no longer than headers.get('Authorization'), because implementations compare names
#            in lower case; and a request made by `new Request` shows what reading a field costs in a server.
# Behaviour: Deno 2.9.6 compares the argument with four names in lower case (authorization, content-type, accept, host), and has
#            separate code for those. For a request from Deno.serve this code is faster. For a request of `new Request` it is
#            slower: it converts every name of the list again, and the code for other spellings and names does not. So
#            lower case is faster in a server, and nearly twice as slow in a benchmark or test that creates its requests.
# Output seen: made: lower case beside another spelling: 1.70 to 2.31
#              served: lower case beside another spelling: 0.62 to 0.65
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
cat > fields.mjs <<'JS'
const fields = {
  Authorization: `Bearer ${'x'.repeat(600)}`,
  Accept: 'application/json',
  'Content-Type': 'application/json',
  'User-Agent': 'client',
  'X-One': '1',
  'X-Two': '2',
}
let seen
function ratioOf({ headers }) {
  // In functions of their own, so that each has one constant name. The least of 60 rounds in turn.
  const reads = [() => headers.get('authorization'), () => headers.get('Authorization')]
  const least = reads.map(() => Infinity)
  for (let round = 0; round < 60; round++) {
    for (const [index, read] of reads.entries()) {
      const began = performance.now()
      for (let count = 0; count < 5000; count++) seen = read()
      least[index] = Math.min(least[index], performance.now() - began)
    }
  }
  if (seen !== fields.Authorization) throw new Error('not read')
  return (least[0] / least[1]).toFixed(2)
}
console.log(ratioOf(new Request('http://127.0.0.1/', { headers: fields })))
const options = { hostname: '127.0.0.1', port: 0, onListen() {} }
const server = Deno.serve(options, (request) => new Response(ratioOf(request)))
const response = await fetch(`http://127.0.0.1:${server.addr.port}/`, { headers: fields })
console.log(await response.text())
await server.shutdown()
JS
export DENO_DIR="$work/deno" DENO_NO_UPDATE_CHECK=1
echo 'Installing deno 2.9.6'
(npm init -y && npm install --no-audit --no-fund deno@2.9.6) > install.log 2>&1
node_modules/.bin/deno run --quiet --no-lock --allow-net=127.0.0.1 fields.mjs > seen.txt
{ read -r made; read -r served; } < seen.txt
echo "made: lower case beside another spelling: $made"
echo "served: lower case beside another spelling: $served"
awk -v made="$made" -v served="$served" 'BEGIN { exit !(made > 1.3 && served < 0.9) }' ||
  { echo 'This has changed.'; exit 1; }
