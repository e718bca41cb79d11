#!/usr/bin/env bash
# Versions: requests-oauthlib 2.0.0 with oauthlib 4.0.0, Authlib 1.8.0 with requests 2.34.2 (PyPI). Standards: RFC 6749 §5.1 (a response whose scope
#            differs from the requested one has `scope`; that is a success), RFC 9700 §4.14.2 (rotation: a refresh token is used once).
# Guess:     an administrator takes one of two scopes from a user, or the user grants one of two. The token response says so, the session keeps
#            that token, and a call that needs the other scope is 403. `auto_refresh_url` and `token_updater` store each new refresh token.
# Behaviour: oauthlib raises the change as an exception, of the class `Warning`, before the session has stored anything. The new refresh token is
#            dropped, the old one is used up: the next request is `invalid_grant`, and the login has ended, though the server gave both tokens.
#            The same happens where the server adds a scope. A login with fewer scopes never completes: its code is used up as
#            well. `OAUTHLIB_RELAX_TOKEN_SCOPE=1` in the environment helps. Authlib stores the token.
# Output seen: requests-oauthlib: same scopes: 200, 200, stored r1; fewer: Warning, InvalidGrantError, stored nothing; one more: Warning,
#              InvalidGrantError, stored nothing; login with fewer: Warning, no token
#              with OAUTHLIB_RELAX_TOKEN_SCOPE: same scopes: 200, 200, stored r1; fewer: 200, 200, stored r1; one more: 200, 200, stored r1; login
#              with fewer: a token
#              Authlib: same scopes: 200, 200, stored r1; fewer: 200, 200, stored r1; one more: 200, 200, stored r1; login with fewer: a token
set -euo pipefail
python3 -m venv --help > /dev/null 2>&1 || { echo 'This needs apt-get install python3-venv'; exit 2; }
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
echo 'Installing requests-oauthlib 2.0.0, oauthlib 4.0.0, Authlib 1.8.0 and requests'
python3 -m venv python > install.log 2>&1
python/bin/pip install --quiet requests-oauthlib==2.0.0 oauthlib==4.0.0 Authlib==1.8.0 requests==2.34.2 >> install.log 2>&1
cat > ask.py <<'PY'
import json
import os
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

warnings.simplefilter("ignore")
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from requests_oauthlib import OAuth2Session

state = {}


class Server(BaseHTTPRequestHandler):
    """An authorization server with rotation, and an API."""

    def log_message(self, *_):
        pass

    def respond(self, status, document):
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.respond(200 if self.headers["Authorization"] == f"Bearer {state['access']}" else 401, {})

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        credential = form.get("refresh_token", form.get("code"))[0]
        if credential != state["live"]:
            return self.respond(400, {"error": "invalid_grant"})
        state["count"] += 1
        state["live"], state["access"] = f"r{state['count']}", f"a{state['count']}"
        token = {"access_token": state["access"], "token_type": "Bearer", "expires_in": 300}
        self.respond(200, {**token, "refresh_token": state["live"], "scope": state["scope"]})


server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
site = f"http://127.0.0.1:{server.server_port}"
expired = {"access_token": "a0", "token_type": "Bearer", "expires_in": -60, "expires_at": 1, "refresh_token": "r0"}


def oauthlib_session(stored):
    refresh = {"auto_refresh_url": f"{site}/token", "auto_refresh_kwargs": {"client_id": "app"}}
    return OAuth2Session("app", scope=["read", "write"], token=dict(expired), token_updater=stored.append, **refresh)


def authlib_session(stored):
    def update(token, refresh_token=None, access_token=None):
        stored.append(token)

    options = {"token_endpoint": f"{site}/token", "token_endpoint_auth_method": "none"}
    return AuthlibSession("app", scope="read write", token=dict(expired), update_token=update, **options)


def attempt(job):
    try:
        return str(job())
    except Exception as error:
        return type(error).__name__


def begin(scope, live):
    state.update(scope=scope, live=live, count=0, access="a0")


def refreshes(make, scope):
    begin(scope, "r0")
    stored = []
    session = make(stored)
    seen = [attempt(lambda: session.get(f"{site}/api").status_code) for _ in range(2)]
    return f"{', '.join(seen)}, stored {stored[-1]['refresh_token'] if stored else 'nothing'}"


def login(library):
    begin("read", "code")
    if library == "Authlib":
        session = AuthlibSession("app", scope="read write", token_endpoint_auth_method="none")
    else:
        session = OAuth2Session("app", scope=["read", "write"])
    seen = attempt(lambda: "" if session.fetch_token(f"{site}/token", code="code", include_client_id=True) else "")
    return f"{seen}, no token" if seen else "a token"


def run(name, make):
    cases = {"same scopes": "read write", "fewer": "read", "one more": "read write profile"}
    seen = [f"{case}: {refreshes(make, scope)}" for case, scope in cases.items()]
    print(f"{name}: {'; '.join(seen)}; login with fewer: {login(name)}")


run("requests-oauthlib", oauthlib_session)
os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"] = "1"
run("with OAUTHLIB_RELAX_TOKEN_SCOPE", oauthlib_session)
run("Authlib", authlib_session)
PY
seen=$(python/bin/python ask.py 2> errors.log) || { tail -5 errors.log; exit 1; }
echo "$seen"
good='same scopes: 200, 200, stored r1; fewer: 200, 200, stored r1; one more: 200, 200, stored r1; login with fewer: a token'
lost='Warning, InvalidGrantError, stored nothing'
[ "$seen" = "requests-oauthlib: same scopes: 200, 200, stored r1; fewer: $lost; one more: $lost; login with fewer: Warning, no token
with OAUTHLIB_RELAX_TOKEN_SCOPE: $good
Authlib: $good" ] || { echo 'This has changed.'; exit 1; }
