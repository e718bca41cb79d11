#!/usr/bin/env bash
# Versions: oidc-provider 9.13.3 (npm). Standard: RFC 9449 §5 (`invalid_dpop_proof`), RFC 9700 §2.2.1.
# Guess:     a client that is registered with `dpop_bound_access_tokens` and sends no proof to the token endpoint is
#            answered with 400 `invalid_dpop_proof`, or at least with a description that names DPoP.
# Behaviour: the answer is 400 `invalid_grant` with the description `grant request is invalid`, the same as for a bad
#            grant. A client that makes proofs only on demand never learns that one is demanded.
# Output seen: without a proof: 400 invalid_grant "grant request is invalid"; with a broken one: 400 invalid_dpop_proof
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing node 24.21.0 and oidc-provider 9.13.3'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund node@24.21.0 oidc-provider@9.13.3 >> install.log 2>&1
cat > ask.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import Provider from 'oidc-provider'

const server = createServer().listen(0, '127.0.0.1')
await once(server, 'listening')
const issuer = `http://127.0.0.1:${server.address().port}`
const secret = 'a-secret-of-the-client'
const client = {
  client_id: 'robot',
  client_secret: secret,
  dpop_bound_access_tokens: true,
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
}
const provider = new Provider(issuer, {
  clients: [client],
  features: { clientCredentials: { enabled: true }, dPoP: { enabled: true } },
})
server.on('request', provider.callback())
const ask = async (headers) => {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`robot:${secret}`)}`, ...headers },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  return { status: response.status, ...(await response.json()) }
}
const without = await ask({})
const broken = await ask({ DPoP: 'broken' })
console.log(
  `without a proof: ${without.status} ${without.error} "${without.error_description}"; ` +
    `with a broken one: ${broken.status} ${broken.error}`,
)
server.close()
JS
seen=$(PATH="$work/node_modules/.bin:$PATH" node ask.mjs 2> warnings.log | tail -n 1)
echo "$seen"
[ "$seen" = 'without a proof: 400 invalid_grant "grant request is invalid"; with a broken one: 400 invalid_dpop_proof' ] || { echo 'This has changed.'; exit 1; }
