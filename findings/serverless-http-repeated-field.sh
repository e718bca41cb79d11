#!/usr/bin/env bash
# Versions: serverless-http 4.0.0 (npm). Standard: RFC 9110 §5.3; AWS API Gateway REST (payload 1.0), which sends both maps.
# Guess:     the `IncomingMessage` that a handler gets has every value of a repeated field, as Node's own server gives it:
#            all of them in `rawHeaders` and `headersDistinct`, joined in `headers`.
# Behaviour: API Gateway sends `headers` (the last value) and `multiValueHeaders` (all of them). serverless-http joins the
#            second map and then overwrites it with the first: one value is left. `rawHeaders` and `headersDistinct` are
#            empty, and `httpVersionMajor` is the text '1'. With `multiValueHeaders` alone all values are kept.
# Output seen: both maps: for=2; lists only: for=1, for=2; rawHeaders: 0; distinct: 0; major: string
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing serverless-http 4.0.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund serverless-http@4.0.0 >> install.log 2>&1
cat > event.cjs <<'JS'
const serverless = require('serverless-http')

const handler = serverless((req, res) =>
  res.end(
    JSON.stringify({
      forwarded: req.headers.forwarded,
      raw: req.rawHeaders.length,
      distinct: Object.keys(req.headersDistinct).length,
      major: typeof req.httpVersionMajor,
    }),
  ),
)
const event = (maps) => ({
  httpMethod: 'GET',
  path: '/',
  body: null,
  requestContext: { identity: { sourceIp: '127.0.0.1' } },
  ...maps,
})
const multiValueHeaders = { forwarded: ['for=1', 'for=2'] }
const call = async (maps) => JSON.parse((await handler(event(maps), {})).body)

async function main() {
  const both = await call({ headers: { forwarded: 'for=2' }, multiValueHeaders })
  const lists = await call({ multiValueHeaders })
  console.log(
    `both maps: ${both.forwarded}; lists only: ${lists.forwarded}; rawHeaders: ${both.raw}; distinct: ${both.distinct}; major: ${both.major}`,
  )
}
main()
JS
seen=$(node event.cjs)
echo "$seen"
[ "$seen" = 'both maps: for=2; lists only: for=1, for=2; rawHeaders: 0; distinct: 0; major: string' ] || { echo 'This has changed.'; exit 1; }
