#!/usr/bin/env bash
# Versions: elysia 1.4.30, bun 1.4.5 (npm). Standard: Fetch (a body is read once); documentation of Elysia: `parse`.
# Guess:     `.post(path, handler)` and `.post(path, (context) => handler(context))` are the same route. If the one can pass
#            `context.request` to a Fetch handler that reads the body, such as an MCP transport or a guard, so can the other.
# Behaviour: Elysia reads the source text of the function to decide whether to parse the body first. The plain function gets an
#            unread request; the wrapped one gets a request whose body is used, because the text passes `context` on as a whole.
#            A hook of any plugin that mentions `body` does the same to routes that do not. `{ parse: 'none' }` turns it off.
# Output seen: plain: text; wrapped: TypeError; member: text; hook elsewhere: TypeError; parse none: text
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
export BUN_RUNTIME_TRANSPILER_CACHE_PATH=0
echo 'Installing elysia 1.4.30 and bun 1.4.5'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund elysia@1.4.30 bun@1.4.5 >> install.log 2>&1
cat > routes.ts <<'TS'
import { Elysia } from 'elysia'

const handler = async ({ request }: { request: Request }) => {
  try {
    return await request.text()
  } catch (error) {
    return (error as Error).name
  }
}
const post = async (app: { handle(request: Request): Promise<Response> }) => {
  const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '"text"' }
  const response = await app.handle(new Request('http://localhost/mcp', init))
  return (await response.text()).replaceAll('"', '')
}
const seen = {
  plain: await post(new Elysia().post('/mcp', handler)),
  wrapped: await post(new Elysia().post('/mcp', (context) => handler(context))),
  member: await post(new Elysia().post('/mcp', (context) => handler({ request: context.request }))),
  'hook elsewhere': await post(
    new Elysia().onBeforeHandle(({ body }) => void body).post('/mcp', handler),
  ),
  'parse none': await post(
    new Elysia().post('/mcp', (context) => handler(context), { parse: 'none' }),
  ),
}
console.log(Object.entries(seen).map(([name, value]) => `${name}: ${value}`).join('; '))
TS
seen=$(node_modules/.bin/bun routes.ts)
echo "$seen"
[ "$seen" = 'plain: text; wrapped: TypeError; member: text; hook elsewhere: TypeError; parse none: text' ] || { echo 'This has changed.'; exit 1; }
