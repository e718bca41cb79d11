"""Authlib's authorization server in a Flask application with one user. Its first line of output is the port."""

import logging
import os
import sys
import time

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin, grants
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from flask import Flask, jsonify, request
from werkzeug.serving import make_server

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
logging.getLogger("werkzeug").setLevel(logging.ERROR)
redirect_uri = sys.argv[1]
METHODS = ["none", "client_secret_basic"]


class User:
    def get_user_id(self):
        return "user-1"


class Client(ClientMixin):
    def __init__(self, client_id, secret):
        self.client_id = client_id
        self.secret = secret

    def get_client_id(self):
        return self.client_id

    def get_allowed_scope(self, scope):
        return " ".join(name for name in scope.split() if name in ("notes:read", "notes:write"))

    def check_redirect_uri(self, uri):
        return uri == redirect_uri

    def check_client_secret(self, secret):
        return secret == self.secret

    def check_endpoint_auth_method(self, method, _endpoint):
        return method == ("none" if self.secret is None else "client_secret_basic")

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return grant_type in ("authorization_code", "refresh_token")


class Token(TokenMixin):
    def __init__(self, client_id, audience, values):
        self.client_id = client_id
        self.audience = audience
        self.values = values
        self.issued_at = int(time.time())
        self.revoked = False

    def check_client(self, client):
        return client.client_id == self.client_id

    def get_scope(self):
        return self.values.get("scope", "")

    def get_expires_in(self):
        return self.values["expires_in"]

    def is_expired(self):
        return self.issued_at + self.values["expires_in"] < time.time()

    def is_revoked(self):
        return self.revoked


clients = {
    "app": Client("app", None),
    "notes": Client("notes", "secret-of-notes"),
    "stranger": Client("stranger", "secret-of-stranger"),
}
codes = {}
tokens = []


class Code:
    def __init__(self, values):
        self.__dict__.update(values)

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope


class CodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def save_authorization_code(self, code, request):
        data = request.data
        codes[code] = Code(
            {
                "client_id": request.client.client_id,
                "redirect_uri": request.redirect_uri,
                "scope": request.scope,
                "audience": data.get("resource"),
                "code_challenge": data.get("code_challenge"),
                "code_challenge_method": data.get("code_challenge_method"),
            }
        )

    def query_authorization_code(self, code, client):
        found = codes.get(code)
        return found if found and found.client_id == client.client_id else None

    def delete_authorization_code(self, code):
        self.request.audience = code.audience
        codes.clear()

    def authenticate_user(self, code):
        self.request.audience = code.audience
        return User()


class RefreshGrant(grants.RefreshTokenGrant):
    # As for the code grant: the default allows no client without a secret.
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    # Without it the first refresh revokes the refresh token, and returns no other one.
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, text):
        found = [token for token in tokens if token.values.get("refresh_token") == text]
        return found[0] if found and not found[0].revoked else None

    def authenticate_user(self, credential):
        self.request.audience = credential.audience
        return User()

    def revoke_old_credential(self, credential):
        credential.revoked = True


# As in its documentation: without a hint, both kinds of token are looked up.
def query(text, hint):
    fields = [hint] if hint else ["access_token", "refresh_token"]
    return next((token for token in tokens if text in [token.values.get(f) for f in fields]), None)


class Introspection(IntrospectionEndpoint):
    def query_token(self, text, hint):
        return query(text, hint)

    def check_permission(self, _token, client, _request):
        return client.client_id == "notes"

    # The members of the example in its documentation, with the audience that the client asked for.
    def introspect_token(self, token):
        return {
            "active": True,
            "client_id": token.client_id,
            "token_type": "Bearer",
            "scope": token.get_scope(),
            "sub": User().get_user_id(),
            "aud": token.audience,
            "iss": origin,
            "exp": token.issued_at + token.get_expires_in(),
            "iat": token.issued_at,
        }


class Revocation(RevocationEndpoint):
    CLIENT_AUTH_METHODS = METHODS

    def query_token(self, text, hint):
        return query(text, hint)

    def revoke_token(self, token, _request):
        token.revoked = True


app = Flask(__name__)
app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
app.config["OAUTH2_TOKEN_EXPIRES_IN"] = {"authorization_code": 3600}
server = AuthorizationServer(
    app,
    query_client=clients.get,
    save_token=lambda values, request: tokens.append(
        Token(request.client.client_id, request.audience, values)
    ),
)
server.register_grant(CodeGrant, [CodeChallenge(required=True)])
server.register_grant(RefreshGrant)
server.register_endpoint(Introspection)
server.register_endpoint(Revocation)


@app.route("/authorize")
def authorize():
    server.get_consent_grant(end_user=User())
    return server.create_authorization_response(grant_user=User())


@app.route("/token", methods=["POST"])
def token():
    return server.create_token_response()


@app.route("/introspect", methods=["POST"])
def introspect():
    return server.create_endpoint_response("introspection")


@app.route("/revoke", methods=["POST"])
def revoke():
    return server.create_endpoint_response("revocation")


@app.route("/.well-known/oauth-authorization-server")
def metadata():
    return jsonify(
        issuer=origin,
        authorization_endpoint=f"{origin}/authorize",
        token_endpoint=f"{origin}/token",
        introspection_endpoint=f"{origin}/introspect",
        revocation_endpoint=f"{origin}/revoke",
        response_types_supported=["code"],
        grant_types_supported=["authorization_code", "refresh_token"],
        code_challenge_methods_supported=["S256"],
        token_endpoint_auth_methods_supported=METHODS,
        scopes_supported=["notes:read", "notes:write"],
    )


http = make_server("127.0.0.1", 0, app, threaded=True)
origin = f"http://127.0.0.1:{http.server_port}"
print(http.server_port, flush=True)
http.serve_forever()
