#!/usr/bin/env bash
# Versions: mcp 2.3.0, fastmcp 4.0.10, uvicorn 0.54.0 and sse-starlette 3.5.0 (PyPI, Python 3.11), curl 7.88.1 (Debian 12). Documentation of uvicorn:
#            graceful shutdown (at SIGTERM it takes no new connections, and waits for requests to finish), `--timeout-graceful-shutdown` (no limit).
# Guess:     a deployment does not harm a tool call that takes three seconds: uvicorn waits for the requests that run, so the call gets its result,
#            and the process ends after it. Whether the response is JSON or an event stream makes no difference.
# Behaviour: with event streams, which are the default of the SDK and of FastMCP, the signal breaks each call off at once. sse-starlette, which
#            writes them, replaces uvicorn's signal handler, to end streams that have no end, and ends those of running calls alike. The
#            tool gets a CancelledError at its next `await`: the first half of its work is done, and the second never. uvicorn then has nothing to
#            wait for, and its log shows a clean shutdown. With JSON the same call gets its result. `run()` of FastMCP allows two seconds,
#            also with JSON. `AppStatus.disable_automatic_graceful_drain()` of sse-starlette lets calls finish, but then one GET stream
#            that a client holds keeps the process alive until it is killed.
# Output seen, as server, response, whether sse-starlette ends streams at the signal, and a GET stream beside the call:
#            sdk stream drain: broken off, tool cancelled; sdk json drain: result, tool done; app stream drain: broken off, tool cancelled; app json
#            drain: result, tool done; run json drain: 500, tool cancelled; sdk stream none: result, tool done, process ended; sdk stream none get:
#            result, tool done, process alive 5 seconds later
set -euo pipefail
command -v curl > /dev/null && python3 -m venv --help > /dev/null || { echo 'This needs apt-get install curl python3-venv'; exit 2; }
work=$(mktemp -d) && cd "$work"
trap 'kill -9 $(jobs -p) 2> /dev/null || true; rm -rf "$work"' EXIT
echo 'Installing mcp 2.3.0, fastmcp 4.0.10, uvicorn 0.54.0 and sse-starlette 3.5.0'
python3 -m venv python
python/bin/pip install --quiet --retries 0 mcp==2.3.0 fastmcp==4.0.10 uvicorn==0.54.0 sse-starlette==3.5.0 > install.log 2>&1
cat > server.py <<'PY'
import asyncio
import sys

import uvicorn
from fastmcp import FastMCP
from mcp.server.mcpserver import MCPServer
from sse_starlette.sse import AppStatus

kind, json, drain, port = sys.argv[1], sys.argv[2] == "json", sys.argv[3] == "drain", int(sys.argv[4])
server = MCPServer("notes") if kind == "sdk" else FastMCP("notes")


@server.tool()
async def work() -> str:
    try:
        await asyncio.sleep(3)
    except asyncio.CancelledError:
        open("tool", "w").write("cancelled")
        raise
    open("tool", "w").write("done")
    return "done"


if not drain:
    AppStatus.disable_automatic_graceful_drain()
if kind == "sdk":
    uvicorn.run(server.streamable_http_app(json_response=json), host="127.0.0.1", port=port)
if kind == "app":
    uvicorn.run(server.http_app(json_response=json), host="127.0.0.1", port=port)
if kind == "run":
    server.run(transport="http", host="127.0.0.1", port=port, json_response=json, show_banner=False)
PY
post() {
  curl -sN --max-time 20 -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' -H 'MCP-Protocol-Version: 2025-11-25' \
    -H "Mcp-Session-Id: ${session:-}" "$@" "http://127.0.0.1:$port/mcp"
}
try() { # gives $fact; $1: sdk, or FastMCP as app or by run(); $2: json or stream, $3: drain or none, $4: get, for a GET stream beside the call
  local session='' server caller
  port=$(python3 -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])")
  echo untouched > tool
  python/bin/python server.py "$1" "$2" "$3" "$port" > "server-$1-$2-$3.log" 2>&1 &
  server=$!
  until curl -s -o response --max-time 1 "http://127.0.0.1:$port/"; do sleep 0.2; done
  session=$(post -D - -o response -d '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"curl","version":"1"}}}' |
    tr -d '\r' | sed -n 's/^mcp-session-id: //Ip')
  post -o response -d '{"jsonrpc":"2.0","method":"notifications/initialized"}'
  if [ "${4:-}" = get ]; then post -X GET -o stream & fi
  post -o result -w '%{http_code}' -d '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"work","arguments":{}}}' > status &
  caller=$!
  sleep 1
  kill -TERM $server
  fact='broken off'
  if wait $caller; then fact=$(grep -q '"text":"done"' result && echo result || cat status); fi
  sleep 5
  fact+=", tool $(cat tool)"
  if [ "$3" = none ]; then fact+=$(kill -0 $server 2> errors.log && echo ', process alive 5 seconds later' || echo ', process ended'); fi
  kill -9 $(jobs -p) 2> errors.log || true
}
seen=
for row in 'sdk stream drain' 'sdk json drain' 'app stream drain' 'app json drain' 'run json drain' 'sdk stream none' 'sdk stream none get'; do
  try $row
  seen+="$row: $fact"$'\n'
done
printf '%s' "$seen"
[ "$seen" = 'sdk stream drain: broken off, tool cancelled
sdk json drain: result, tool done
app stream drain: broken off, tool cancelled
app json drain: result, tool done
run json drain: 500, tool cancelled
sdk stream none: result, tool done, process ended
sdk stream none get: result, tool done, process alive 5 seconds later
' ] || { echo 'This has changed.'; exit 1; }
