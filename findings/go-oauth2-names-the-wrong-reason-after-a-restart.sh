#!/usr/bin/env bash
# Versions: golang.org/x/oauth2 0.3.0 (Debian 12), Authlib 1.8.0 and Flask 3.1.3 (PyPI). Standard: RFC 6749 §5.2 (`invalid_grant`: log in again;
#            `invalid_client`: client authentication failed), RFC 7591 §2 (`token_endpoint_auth_method`: one method for a client).
#            Documentation of x/oauth2: `AuthStyleAutoDetect`, the default, "trying both ways and caching the successful way".
# Guess:     the detection costs one request at the first login. A program that refreshes reads the reason of a failure from `RetrieveError`: 503,
#            try again later; `invalid_grant`, ask the user to log in; `invalid_client`, the registration or the secret is wrong.
# Behaviour: the style is remembered in the process only, and only after a success. The first token request of a process, which after a restart
#            is a refresh, is repeated in the other style after any failure, and the program sees the second response only. A server that
#            accepts the registered method answers that with `invalid_client`: so a login that has ended, and one 503 while the server
#            restarts, too, look like a wrong secret. A test that logs in first sees the right reasons. `AuthStyle: AuthStyleInHeader` helps.
# Output seen: first request: ended login: invalid_client after 2 requests; 503: invalid_client after 2 requests
#              after a refresh: ended login: invalid_grant after 1 request; 503: 503 after 1 request
#              first request, AuthStyleInHeader: ended login: invalid_grant after 1 request; 503: 503 after 1 request
set -euo pipefail
for needed in go python3 /usr/share/gocode/src/golang.org/x/oauth2; do
  command -v $needed > /dev/null || [ -d $needed ] || { echo 'This needs apt-get install python3-venv golang-go golang-golang-x-oauth2-dev'; exit 2; }
done
work=$(mktemp -d) && cd "$work"
trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$work"' EXIT
dpkg-query -W golang-golang-x-oauth2-dev 2> /dev/null || true
echo 'Installing Authlib 1.8.0 and Flask 3.1.3'
python3 -m venv python > install.log 2>&1
python/bin/pip install --quiet Authlib==1.8.0 joserfc==1.7.5 Flask==3.1.3 >> install.log 2>&1
cat > server.py <<'PY'
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin
from authlib.oauth2.rfc6749.grants import RefreshTokenGrant
from flask import Flask
from werkzeug.serving import make_server


class Client(ClientMixin):
    def get_client_id(self):
        return "app"

    def get_allowed_scope(self, scope):
        return scope

    def check_client_secret(self, secret):
        return secret == "secret"

    def check_endpoint_auth_method(self, method, endpoint):
        return method == "client_secret_basic"

    def check_grant_type(self, grant_type):
        return True


class Token(TokenMixin):
    def check_client(self, client):
        return True

    def get_scope(self):
        return "read"


class Refresh(RefreshTokenGrant):
    def authenticate_refresh_token(self, token):
        return Token() if token == "good" else None

    def authenticate_user(self, token):
        return "user"

    def revoke_old_credential(self, token):
        pass


app = Flask(__name__)
server = AuthorizationServer(app, query_client=lambda _: Client(), save_token=lambda token, request: None)
server.register_grant(Refresh)
state = {"restarting": False, "requests": 0}


@app.post("/token")
def token():
    state["requests"] += 1
    if state["restarting"]:
        state["restarting"] = False
        return "restarting", 503
    return server.create_token_response()


@app.post("/restart")
def restart():
    state["restarting"] = True
    return ""


@app.post("/requests")
def requests():
    count, state["requests"] = state["requests"], 0
    return str(count)


http = make_server("127.0.0.1", 0, app)
print(http.port, flush=True)
http.serve_forever()
PY
cat > refresh.go <<'GO'
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/ioutil"
	"net/http"
	"os"

	"golang.org/x/oauth2"
)

func post(url string) string {
	response, err := http.Post(url, "text/plain", nil)
	if err != nil {
		panic(err)
	}
	body, _ := ioutil.ReadAll(response.Body)
	return string(body)
}

// What the program reads from a refresh, in a process of its own for each line of arguments.
func main() {
	site := os.Args[1]
	config := oauth2.Config{ClientID: "app", ClientSecret: "secret", Endpoint: oauth2.Endpoint{TokenURL: site + "/token"}}
	refresh := func(token string) string {
		post(site + "/requests")
		_, err := config.TokenSource(context.Background(), &oauth2.Token{RefreshToken: token}).Token()
		reason := "ok"
		var failure *oauth2.RetrieveError
		if errors.As(err, &failure) {
			var body struct{ Error string }
			if json.Unmarshal(failure.Body, &body) != nil {
				body.Error = fmt.Sprint(failure.Response.StatusCode)
			}
			reason = body.Error
		}
		count := post(site + "/requests")
		if count != "1" {
			return reason + " after " + count + " requests"
		}
		return reason + " after 1 request"
	}
	for _, step := range os.Args[2:] {
		switch step {
		case "header":
			config.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
		case "good":
			refresh("good")
		case "ended":
			fmt.Print("ended login: ", refresh("ended"))
		case "503":
			post(site + "/restart")
			fmt.Print("503: ", refresh("good"))
		}
	}
}
GO
GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$work/go" go build -o refresh refresh.go
python/bin/python server.py > port 2> server.log &
until [ -s port ]; do sleep 0.1; done
site="http://127.0.0.1:$(cat port)"
seen="first request: $(./refresh "$site" ended); $(./refresh "$site" 503)
after a refresh: $(./refresh "$site" good ended); $(./refresh "$site" good 503)
first request, AuthStyleInHeader: $(./refresh "$site" header ended); $(./refresh "$site" header 503)"
echo "$seen"
[ "$seen" = 'first request: ended login: invalid_client after 2 requests; 503: invalid_client after 2 requests
after a refresh: ended login: invalid_grant after 1 request; 503: 503 after 1 request
first request, AuthStyleInHeader: ended login: invalid_grant after 1 request; 503: 503 after 1 request' ] || { echo 'This has changed.'; exit 1; }
